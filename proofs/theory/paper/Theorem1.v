(** Theorem 1's construction, for every Lambda and d: the tower, its separation, its margin.

    f(x) = Lambda^d x_{n+1} by d linear layers; eta = Lambda^(-d); D_h lives on the points
    x0 + eta h(x0) v with v the last unit vector, where f is h. *)

From Coq Require Import Reals Lra Lia List Psatz.
From Certify Require Import Vectors Network.
From Certify.paper Require Import Obstruction Lemma2.
Import ListNotations.
Open Scope R_scope.

(** On R^(n+1); coordinate n is the last. *)
Definition reads_last (n : nat) (lambda : R) : layer :=
  Layer (S n) 1 (fun _ j => if Nat.eqb j n then lambda else 0) (fun _ => 0) (fun _ => identity).

Definition tower (n d : nat) (lambda : R) : list layer :=
  reads_last n lambda :: repeat (scalar lambda 0 identity) (d - 1).

(** Any point, moved along the last axis. *)
Definition moved (n : nat) (x0 : nat -> R) (t : R) : nat -> R :=
  fun j => if Nat.eqb j n then x0 j + t else x0 j.

Lemma reads_last_value n lambda x : apply (reads_last n lambda) x 0%nat = lambda * x n.
Proof.
  unfold apply, reads_last, identity, dot. cbn [columns weight bias activation].
  rewrite (sum_single _ _ n); [|lia|].
  - rewrite Nat.eqb_refl. ring.
  - intros i _ D. destruct (Nat.eqb_spec i n); [contradiction|ring].
Qed.

Theorem tower_value (n d : nat) (lambda : R) (x : nat -> R) : (1 <= d)%nat ->
  evaluate (tower n d lambda) x 0%nat = lambda ^ d * x n.
Proof.
  intro D. change (tower n d lambda) with
    ([reads_last n lambda] ++ repeat (scalar lambda 0 identity) (d - 1)).
  rewrite evaluate_app, powers. change (evaluate [?l] x) with (apply l x).
  rewrite reads_last_value. replace d with (S (d - 1)) at 2 by lia. cbn. ring.
Qed.

Theorem tower_member (n d : nat) (lambda : R) : (1 <= d)%nat ->
  relu_member (lambda ^ 2) d (tower n d lambda) /\ fits (S n) 1 (tower n d lambda).
Proof.
  intro D. split; [split|].
  - cbn. rewrite repeat_length. lia.
  - constructor.
    + split; [|cbn; auto]. unfold frobenius, square_norm, dot. cbn [columns width weight reads_last sum].
      rewrite Nat.eqb_refl, sum_zero; [lra|]. intros i I.
      destruct (Nat.eqb_spec i n); [lia|ring].
    + apply Forall_forall. intros l I. apply repeat_spec in I. subst l.
      split; [rewrite scalar_frobenius; lra|cbn; auto].
  - split; [reflexivity|]. cbn [width reads_last]. generalize (d - 1)%nat. intro k.
    induction k; [reflexivity|split; [reflexivity|assumption]].
Qed.

(** The tower is a 2-separator along the last axis, with eta = Lambda^(-d), at every point. *)
Theorem tower_separates (n d : nat) (lambda : R) (x0 : nat -> R) : (1 <= d)%nat -> 0 < lambda ->
  evaluate (tower n d lambda) (moved n x0 (/ lambda ^ d)) 0%nat
  - evaluate (tower n d lambda) (moved n x0 (- / lambda ^ d)) 0%nat = 2.
Proof.
  intros D L. rewrite !tower_value by exact D. unfold moved. rewrite Nat.eqb_refl.
  field. apply pow_nonzero. lra.
Qed.

(** On the support of D_h the tower is h. *)
Theorem tower_is_the_label (n d : nat) (lambda h : R) (x0 : nat -> R) : (1 <= d)%nat -> 0 < lambda ->
  x0 n = 0 -> evaluate (tower n d lambda) (moved n x0 (/ lambda ^ d * h)) 0%nat = h.
Proof.
  intros D L Z. rewrite tower_value by exact D. unfold moved. rewrite Nat.eqb_refl, Z.
  field. apply pow_nonzero. lra.
Qed.

(** The parity network of Lemma 2 on R^(n+1): it does not read the last coordinate. *)
Definition blind_parity (n : nat) : list layer :=
  match parity_network n with
  | first :: rest =>
      Layer (S n) 1 (fun _ j => if Nat.eqb j n then 0 else 1) (bias first) (activation first) :: rest
  | [] => []
  end.

Lemma blind_value n x : evaluate (blind_parity n) x = evaluate (parity_network n) x.
Proof.
  unfold blind_parity, parity_network, evaluate. cbn [fold_left]. do 2 f_equal.
  unfold apply, dot. cbn [columns weight bias activation sum]. rewrite Nat.eqb_refl.
  replace (sum n (fun i => (if Nat.eqb i n then 0 else 1) * x i)) with (sum n (fun i => 1 * x i)).
  - replace (sum n (fun i => 1 * x i) + 0 * x n) with (sum n (fun i => 1 * x i)) by ring. reflexivity.
  - apply sum_ext. intros i I. destruct (Nat.eqb_spec i n); [lia|reflexivity].
Qed.

(** Part 1: over every D_h with h the parity of n bits, the tower has a lossless compression of
    three layers: the two agree on the whole support. n may be as large as (Lambda^2 + 3) / 4. *)
Theorem lossless_compression (n d : nat) (lambda : R) (x0 : nat -> R) :
  (1 <= d)%nat -> 0 < lambda -> (1 <= n)%nat -> 4 * INR n - 3 <= lambda ^ 2 ->
  cube n x0 -> x0 n = 0 ->
  let x := moved n x0 (/ lambda ^ d * parity n x0) in
  evaluate (blind_parity n) x 0%nat = evaluate (tower n d lambda) x 0%nat.
Proof.
  intros D L N B C Z x. unfold x. rewrite tower_is_the_label by assumption.
  rewrite blind_value, parity_network_is_parity.
  - assert (E : forall m, (m <= n)%nat -> forall t, parity m (moved n x0 t) = parity m x0).
    { induction m as [|m IH]; intros M t; cbn; [reflexivity|]. rewrite IH by lia.
      unfold moved. destruct (Nat.eqb_spec m n); [lia|reflexivity]. }
    apply E. lia.
  - intros i I. unfold moved. destruct (Nat.eqb_spec i n); [lia|apply C, I].
Qed.

Theorem blind_parity_member (n : nat) (square : R) : (1 <= n)%nat -> 4 * INR n - 3 <= square ->
  relu_member square 3 (blind_parity n) /\ fits (S n) 1 (blind_parity n).
Proof.
  intros N B. destruct (lemma_2_repaired n square N B) as [[E F] _]. split; [split|].
  - reflexivity.
  - unfold parity_network in F. inversion F as [|l rest [F1 A1] F2]; subst. constructor; [|exact F2].
    split; [|exact A1]. eapply Rle_trans; [|exact F1]. apply Req_le.
    unfold frobenius, square_norm, dot. cbn [columns width weight sum]. rewrite Nat.eqb_refl.
    replace (sum n (fun i => (if Nat.eqb i n then 0 else 1) * (if Nat.eqb i n then 0 else 1)))
      with (sum n (fun _ => 1 * 1)); [ring|].
    apply sum_ext. intros i I. destruct (Nat.eqb_spec i n); [lia|reflexivity].
  - now repeat split.
Qed.

(** The margin that Lemma 1 asks of a compression with d layers less one: eta Lambda^(d-1) <= 2/4. *)
Theorem margin (d : nat) (lambda : R) : 2 <= lambda -> (1 <= d)%nat ->
  / lambda ^ d * lambda ^ (d - 1) <= 2 / 4.
Proof.
  intros L D. replace (/ lambda ^ d * lambda ^ (d - 1)) with (/ lambda).
  - replace (2 / 4) with (/ 2) by lra. apply Rinv_le_contravar; lra.
  - replace d with (S (d - 1)) at 1 by lia. cbn. field.
    split; [apply pow_nonzero; lra|lra].
Qed.
