(** The obstruction: parity of n bits needs n <= Lambda^(2d), and Definition 1 attains it.

    Lemma 2 of the paper states that every parity is in NN_{1,3}; [parity_bound] says that this
    is so for one bit only, for every depth and whatever the activations. *)

From Coq Require Import Reals Lra Lia List Psatz Arith.
From Certify Require Import Vectors Network.
From Certify.paper Require Import Proposition1.
Import ListNotations.
Open Scope R_scope.

(** * Points of the cube, and parity *)

Definition cube (n : nat) (x : nat -> R) : Prop := forall i, (i < n)%nat -> x i = 1 \/ x i = -1.

(** The product of the first n coordinates. *)
Fixpoint parity (n : nat) (x : nat -> R) : R :=
  match n with
  | O => 1
  | S m => parity m x * x m
  end.

(** x with the sign of coordinate i changed. *)
Definition flip (i : nat) (x : nat -> R) : nat -> R := fun j => if Nat.eqb j i then - x j else x j.

Lemma flip_cube n i x : cube n x -> cube n (flip i x).
Proof.
  intros C j J. unfold flip. destruct (C j J) as [E|E], (Nat.eqb j i); rewrite E; lra.
Qed.

Lemma parity_flip_beyond n i x : (n <= i)%nat -> parity n (flip i x) = parity n x.
Proof.
  induction n; intro N; cbn; [reflexivity|]. rewrite IHn by lia. unfold flip.
  destruct (Nat.eqb_spec n i); [lia|reflexivity].
Qed.

Lemma parity_flip n i x : (i < n)%nat -> parity n (flip i x) = - parity n x.
Proof.
  induction n; intro N; [lia|]. cbn. destruct (Nat.eq_dec i n) as [->|D].
  - rewrite parity_flip_beyond by lia. unfold flip. rewrite Nat.eqb_refl. ring.
  - rewrite IHn by lia. unfold flip. destruct (Nat.eqb_spec n i); [lia|ring].
Qed.

Lemma parity_square n x : cube n x -> parity n x ^ 2 = 1.
Proof.
  induction n; intro C; cbn [parity]; [lra|].
  assert (E : parity n x ^ 2 = 1) by (apply IHn; intros i I; apply C; lia).
  destruct (C n (Nat.lt_succ_diag_r n)) as [-> | ->]; lra.
Qed.

(** * The bound *)

(** The squared length of column i of a layer's matrix. *)
Definition column (l : layer) (i : nat) : R := sum (width l) (fun k => weight l k i ^ 2).

Lemma columns_sum l : sum (columns l) (column l) = frobenius l.
Proof.
  unfold column, frobenius, square_norm, dot. rewrite sum_swap. apply sum_ext. intros k _.
  apply sum_ext. intros. ring.
Qed.

(** Flipping bit i moves the first layer's value by at most 2 |W e_i|, squared. *)
Lemma first_layer_moves l n i x :
  columns l = n -> (i < n)%nat -> cube n x -> (forall k, lipschitz (activation l k)) ->
  square_distance (width l) (apply l x) (apply l (flip i x)) <= 4 * column l i.
Proof.
  intros E I C A. unfold square_distance, square_norm, dot, column. rewrite <- sum_scale.
  apply sum_le. intros k _. unfold minus, apply.
  set (u := dot (columns l) (weight l k) x + bias l k).
  set (v := dot (columns l) (weight l k) (flip i x) + bias l k).
  pose proof (lipschitz_square (activation l k) u v (A k)) as L.
  assert (D : u - v = 2 * weight l k i * x i).
  { unfold u, v. replace (_ - _) with (dot (columns l) (weight l k) (minus x (flip i x)))
      by (rewrite <- dot_minus; ring).
    unfold dot. rewrite (sum_single _ _ i); [|lia|].
    - unfold minus, flip. rewrite Nat.eqb_refl. ring.
    - intros j _ J. unfold minus, flip. destruct (Nat.eqb_spec j i); [contradiction|ring]. }
  rewrite D in L. destruct (C i I) as [X|X]; rewrite X in L; nra.
Qed.

Theorem parity_bound (lambda : R) (d n : nat) (network : list layer) :
  member (lambda ^ 2) (S d) network -> fits n 1 network ->
  (forall x, cube n x -> evaluate network x 0%nat = parity n x) ->
  INR n <= lambda ^ (2 * S d).
Proof.
  intros M T P. destruct network as [|l rest]; [destruct M; discriminate|].
  destruct M as [E F]. cbn in E. injection E as E. destruct T as [K T].
  apply Forall_cons_iff in F as [[N A] F].
  set (x := fun _ : nat => 1 : R).
  assert (C : cube n x) by (intros i _; left; reflexivity).
  assert (Q : 0 <= (lambda ^ 2) ^ d) by (apply pow_le, pow2_ge_0).
  assert (B : forall i, (i < n)%nat -> 1 <= (lambda ^ 2) ^ d * column l i).
  { intros i I.
    pose proof (first_layer_moves l n i x K I C A) as S1.
    pose proof (square_lipschitz (lambda ^ 2) rest d (width l) 1 (apply l x) (apply l (flip i x))
                  (pow2_ge_0 lambda) (conj E F) T) as S2.
    assert (V : square_distance 1 (evaluate rest (apply l x)) (evaluate rest (apply l (flip i x))) = 4).
    { pose proof (P x C) as P1. pose proof (P _ (flip_cube n i x C)) as P2.
      cbn in P1, P2. change (fold_left _ rest ?v) with (evaluate rest v) in P1, P2.
      rewrite parity_flip in P2 by exact I. pose proof (parity_square n x C).
      unfold square_distance, square_norm, dot, minus. cbn [sum]. rewrite P1, P2. nra. }
    rewrite V in S2.
    assert ((lambda ^ 2) ^ d * square_distance (width l) (apply l x) (apply l (flip i x))
            <= (lambda ^ 2) ^ d * (4 * column l i)) by (apply Rmult_le_compat_l; assumption).
    lra. }
  assert (H : INR n * 1 <= (lambda ^ 2) ^ d * frobenius l).
  { rewrite <- sum_const, <- columns_sum, K, <- sum_scale. now apply sum_le. }
  replace (lambda ^ (2 * S d)) with ((lambda ^ 2) ^ d * lambda ^ 2)
    by (rewrite <- pow_mult, <- pow_add; f_equal; lia).
  rewrite Rmult_1_r in H. eapply Rle_trans; [exact H|]. now apply Rmult_le_compat_l.
Qed.

(** Lemma 2 as printed, with Lambda = 1, is false for every n >= 2 and every depth. *)
Corollary lemma_2_as_printed_is_false (d n : nat) (network : list layer) :
  (2 <= n)%nat -> member (1 ^ 2) (S d) network -> fits n 1 network ->
  ~ (forall x, cube n x -> evaluate network x 0%nat = parity n x).
Proof.
  intros N M T P. pose proof (parity_bound 1 d n network M T P) as B. rewrite pow1 in B.
  apply le_INR in N. cbn in N. lra.
Qed.

(** * The bound is attained

    With t = n - sum x, twice the number of bits -1, a triangle wave gives the parity. The wave is
    built from folds t |-> |t - 2^(k+1)|, which are 1-Lipschitz and change no t mod 4 up to sign. *)

Fixpoint wave (k : nat) (t : R) : R :=
  match k with
  | O => Rabs (t - 2) - 1
  | S j => wave j (Rabs (t - 2 ^ (S k)))
  end.

Lemma abs_lipschitz c : lipschitz (fun t => Rabs (t - c)).
Proof.
  intros s t. eapply Rle_trans; [apply Rabs_triang_inv2|]. apply Req_le. f_equal. ring.
Qed.

Lemma wave_lipschitz k : lipschitz (wave k).
Proof.
  induction k; intros s t; cbn [wave].
  - replace (Rabs (s - 2) - 1 - (Rabs (t - 2) - 1)) with (Rabs (s - 2) - Rabs (t - 2)) by ring.
    apply abs_lipschitz.
  - eapply Rle_trans; [apply IHk|]. apply (abs_lipschitz (2 ^ S (S k))).
Qed.

(** (-1)^c. *)
Definition sign (c : nat) : R := if Nat.even c then 1 else -1.

Lemma sign_S c : sign (S c) = - sign c.
Proof. unfold sign. rewrite Nat.even_succ, <- Nat.negb_even. destruct (Nat.even c); cbn; lra. Qed.

Lemma sign_minus a b : (b <= a)%nat -> Nat.even b = true -> sign (a - b) = sign a.
Proof.
  intros L E. unfold sign. replace a with (a - b + b)%nat at 2 by lia. rewrite Nat.even_add, E.
  destruct (Nat.even (a - b)); reflexivity.
Qed.

Lemma sign_reflect a b : (a <= b)%nat -> Nat.even b = true -> sign (b - a) = sign a.
Proof.
  intros L E. unfold sign. assert (S : Nat.even (b - a + a) = true) by (rewrite Nat.sub_add; assumption).
  rewrite Nat.even_add in S. destruct (Nat.even (b - a)), (Nat.even a); cbn in S; congruence.
Qed.

Lemma even_power k : Nat.even (2 ^ S k) = true.
Proof. rewrite Nat.even_spec. exists (2 ^ k)%nat. cbn. lia. Qed.

Lemma wave_is_sign k : forall c, (c <= 2 ^ S k)%nat -> wave k (2 * INR c) = sign c.
Proof.
  induction k; intros c C.
  - cbn in C. assert (c = 0 \/ c = 1 \/ c = 2)%nat as [-> | [-> | ->]] by lia; cbn;
      unfold sign, Rabs; cbn; destruct Rcase_abs; lra.
  - change (2 ^ S (S k))%nat with (2 * 2 ^ S k)%nat in C. cbn [wave].
    assert (P : (2 : R) ^ S (S k) = 2 * INR (2 ^ S k)).
    { rewrite pow_INR. cbn [INR]. replace (1 + 1) with 2 by lra. cbn. ring. }
    rewrite P. destruct (le_lt_dec (2 ^ S k) c) as [L|L].
    + replace (Rabs (2 * INR c - 2 * INR (2 ^ S k))) with (2 * INR (c - 2 ^ S k)).
      * rewrite IHk by lia. apply sign_minus; [exact L|apply even_power].
      * rewrite minus_INR by exact L. apply le_INR in L. rewrite Rabs_pos_eq; lra.
    + replace (Rabs (2 * INR c - 2 * INR (2 ^ S k))) with (2 * INR (2 ^ S k - c)).
      * rewrite IHk by lia. apply sign_reflect; [lia|apply even_power].
      * rewrite minus_INR by lia. apply lt_INR in L. rewrite Rabs_left; lra.
Qed.

(** How many of the first n coordinates are -1. *)
Fixpoint negatives (n : nat) (x : nat -> R) : nat :=
  match n with
  | O => 0
  | S m => negatives m x + (if Req_EM_T (x m) (-1) then 1 else 0)
  end.

Lemma negatives_le n x : (negatives n x <= n)%nat.
Proof. induction n; cbn; [lia|]. destruct Req_EM_T; lia. Qed.

Lemma negatives_count n x : cube n x ->
  sum n x = INR n - 2 * INR (negatives n x) /\ parity n x = sign (negatives n x).
Proof.
  induction n; intro C; [cbn; unfold sign; cbn; lra|].
  destruct IHn as [A B]; [intros i I; apply C; lia|]. cbn [sum parity negatives].
  rewrite A, B, S_INR, plus_INR. destruct Req_EM_T as [E|E].
  - rewrite E, Nat.add_1_r, sign_S. cbn. split; lra.
  - destruct (C n (Nat.lt_succ_diag_r n)) as [D|D]; [|contradiction].
    rewrite D, Nat.add_0_r. cbn. split; lra.
Qed.

(** d + 1 layers: the sum of the inputs and d factors lambda, the wave at the end. *)
Definition scalar (w b : R) (a : R -> R) : layer :=
  Layer 1 1 (fun _ _ => w) (fun _ => b) (fun _ => a).

Definition summed (n d : nat) (lambda : R) (b : R) (a : R -> R) : layer :=
  Layer n 1 (fun _ _ => - / lambda ^ d) (fun _ => b) (fun _ => a).

Definition triangle_parity (n d : nat) (lambda : R) : list layer :=
  match d with
  | O => [summed n 0 lambda (INR n) (wave n)]
  | S k => summed n d lambda 0 identity :: repeat (scalar lambda 0 identity) k
           ++ [scalar lambda (INR n) (wave n)]
  end.

Lemma scalar_frobenius w b a : frobenius (scalar w b a) = w ^ 2.
Proof. unfold frobenius, square_norm, dot. cbn. ring. Qed.

Lemma summed_frobenius n d lambda b a : lambda <> 0 ->
  frobenius (summed n d lambda b a) = INR n / lambda ^ (2 * d).
Proof.
  intro L. unfold frobenius, square_norm, dot, summed. cbn [columns width weight sum].
  rewrite sum_const.
  replace (lambda ^ (2 * d)) with (lambda ^ d * lambda ^ d) by (rewrite <- pow_add; f_equal; lia).
  field. now apply pow_nonzero.
Qed.

Lemma powers k lambda v : evaluate (repeat (scalar lambda 0 identity) k) v 0%nat = lambda ^ k * v 0%nat.
Proof.
  revert v. induction k; intro v; cbn [repeat evaluate fold_left pow]; [ring|].
  change (fold_left _ ?r ?v) with (evaluate r v). rewrite IHk.
  unfold apply, identity, dot. cbn. ring.
Qed.

Theorem triangle_parity_is_parity (n d : nat) (lambda : R) (x : nat -> R) :
  lambda <> 0 -> cube n x -> evaluate (triangle_parity n d lambda) x 0%nat = parity n x.
Proof.
  intros L C. destruct (negatives_count n x C) as [A B]. rewrite B.
  assert (W : wave n (INR n - sum n x) = sign (negatives n x)).
  { rewrite A. replace (INR n - (INR n - 2 * INR (negatives n x))) with (2 * INR (negatives n x)) by ring.
    apply wave_is_sign. pose proof (negatives_le n x). pose proof (Nat.pow_gt_lin_r 2 (S n)). lia. }
  rewrite <- W. destruct d as [|k].
  - cbn. unfold apply, summed, dot. cbn. f_equal. rewrite sum_scale. field.
  - change (triangle_parity n (S k) lambda) with
      ([summed n (S k) lambda 0 identity] ++ repeat (scalar lambda 0 identity) k
       ++ [scalar lambda (INR n) (wave n)]).
    rewrite !evaluate_app. set (v := evaluate [summed n (S k) lambda 0 identity] x).
    set (u := evaluate (repeat (scalar lambda 0 identity) k) v).
    change (wave n (0 + lambda * u 0%nat + INR n) = wave n (INR n - sum n x)). f_equal.
    unfold u. rewrite powers. change (v 0%nat) with (sum n (fun i => - / lambda ^ S k * x i) + 0).
    rewrite sum_scale. cbn [pow]. field. split; [now apply pow_nonzero|exact L].
Qed.

Theorem triangle_parity_is_member (n d : nat) (lambda : R) :
  0 < lambda -> INR n <= lambda ^ (2 * S d) ->
  member (lambda ^ 2) (S d) (triangle_parity n d lambda) /\ fits n 1 (triangle_parity n d lambda).
Proof.
  intros L B.
  assert (S1 : forall b a, frobenius (summed n d lambda b a) <= lambda ^ 2).
  { intros b a. rewrite summed_frobenius by lra.
    assert (0 < lambda ^ (2 * d)) by now apply pow_lt.
    apply Rmult_le_reg_r with (lambda ^ (2 * d)); [assumption|].
    replace (INR n / lambda ^ (2 * d) * lambda ^ (2 * d)) with (INR n) by (field; lra).
    rewrite <- pow_add. replace (2 + 2 * d)%nat with (2 * S d)%nat by lia. exact B. }
  assert (F1 : forall b a, lipschitz a ->
            frobenius (summed n d lambda b a) <= lambda ^ 2 /\
            forall i, lipschitz (activation (summed n d lambda b a) i)) by (split; [apply S1|auto]).
  assert (F2 : forall b a, lipschitz a ->
            frobenius (scalar lambda b a) <= lambda ^ 2 /\
            forall i, lipschitz (activation (scalar lambda b a) i))
    by (split; [rewrite scalar_frobenius; lra|auto]).
  pose proof identity_lipschitz. pose proof (wave_lipschitz n).
  destruct d as [|k].
  - split; [split; [reflexivity|]|cbn; auto]. constructor; [auto|constructor].
  - split; [split|].
    + cbn. rewrite app_length, repeat_length. cbn. lia.
    + constructor; [auto|]. apply Forall_app. split; [|constructor; [auto|constructor]].
      apply Forall_forall. intros l I. apply repeat_spec in I. subst l. auto.
    + split; [reflexivity|]. clear. induction k as [|k IH].
      * now repeat split.
      * split; [reflexivity|exact IH].
Qed.

(** With n <= Lambda^(2d) bits and no more: what Definition 1 as it is printed can do. *)
Theorem exact_threshold (lambda : R) (d n : nat) : 0 < lambda ->
  INR n <= lambda ^ (2 * S d) <->
  exists network, member (lambda ^ 2) (S d) network /\ fits n 1 network /\
                  forall x, cube n x -> evaluate network x 0%nat = parity n x.
Proof.
  intro L. split.
  - intro B. exists (triangle_parity n d lambda).
    destruct (triangle_parity_is_member n d lambda L B) as [M F]. repeat split; try apply M; auto.
    intros x C. apply triangle_parity_is_parity; [lra|exact C].
  - intros (network & M & F & P). now apply (parity_bound lambda d n network).
Qed.
