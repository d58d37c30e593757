(** Vectors and matrices over the reals, as functions of an index with a stated length.

    A vector of length n is a function [nat -> R] of which the first n values count. *)

From Coq Require Import Reals Lra Lia Psatz.
Open Scope R_scope.

(** * Finite sums *)

(** [sum n f] is f 0 + ... + f (n - 1). *)
Fixpoint sum (n : nat) (f : nat -> R) : R :=
  match n with
  | O => 0
  | S m => sum m f + f m
  end.

Lemma sum_ext n f g : (forall i, (i < n)%nat -> f i = g i) -> sum n f = sum n g.
Proof. induction n; cbn; intro E; [reflexivity|]. rewrite IHn, E; auto. Qed.

Lemma sum_le n f g : (forall i, (i < n)%nat -> f i <= g i) -> sum n f <= sum n g.
Proof. induction n; cbn; intro E; [lra|]. apply Rplus_le_compat; auto. Qed.

Lemma sum_plus n f g : sum n (fun i => f i + g i) = sum n f + sum n g.
Proof. induction n; cbn; [ring|]. rewrite IHn. ring. Qed.

Lemma sum_scale n c f : sum n (fun i => c * f i) = c * sum n f.
Proof. induction n; cbn; [ring|]. rewrite IHn. ring. Qed.

Lemma sum_minus n f g : sum n f - sum n g = sum n (fun i => f i - g i).
Proof. induction n; cbn; [ring|]. rewrite <- IHn. ring. Qed.

Lemma sum_const n c : sum n (fun _ => c) = INR n * c.
Proof. induction n; [cbn; ring|]. cbn [sum]. rewrite IHn, S_INR. ring. Qed.

Lemma sum_nonneg n f : (forall i, (i < n)%nat -> 0 <= f i) -> 0 <= sum n f.
Proof.
  intro P. replace 0 with (sum n (fun _ => 0)) by (rewrite sum_const; ring).
  now apply sum_le.
Qed.

Lemma sum_zero n f : (forall i, (i < n)%nat -> f i = 0) -> sum n f = 0.
Proof. intro E. rewrite (sum_ext n f (fun _ => 0) E), sum_const. ring. Qed.

(** One term is all of the sum where the others vanish. *)
Lemma sum_single n f k : (k < n)%nat -> (forall i, (i < n)%nat -> i <> k -> f i = 0) -> sum n f = f k.
Proof.
  induction n; intros K Z; [lia|]. cbn. destruct (Nat.eq_dec k n) as [->|N].
  - rewrite sum_zero; [ring|]. intros i I. apply Z; lia.
  - rewrite (Z n) by lia. rewrite IHn; [ring|lia|]. intros i I J. apply Z; lia.
Qed.

Lemma sum_swap n m f : sum n (fun i => sum m (f i)) = sum m (fun j => sum n (fun i => f i j)).
Proof.
  induction n; cbn; [symmetry; now apply sum_zero|]. now rewrite IHn, <- sum_plus.
Qed.

(** * Squared lengths *)

Definition dot (n : nat) (x y : nat -> R) : R := sum n (fun i => x i * y i).
Definition square_norm (n : nat) (x : nat -> R) : R := dot n x x.
Definition minus (x y : nat -> R) : nat -> R := fun i => x i - y i.
Definition square_distance (n : nat) (x y : nat -> R) : R := square_norm n (minus x y).

(** The Euclidean norm and distance. *)
Definition norm (n : nat) (x : nat -> R) : R := sqrt (square_norm n x).
Definition distance (n : nat) (x y : nat -> R) : R := norm n (minus x y).

Lemma square_norm_nonneg n x : 0 <= square_norm n x.
Proof. apply sum_nonneg. intros. nra. Qed.

Lemma square_distance_nonneg n x y : 0 <= square_distance n x y.
Proof. apply square_norm_nonneg. Qed.

Lemma dot_minus n w x y : dot n w x - dot n w y = dot n w (minus x y).
Proof. unfold dot, minus. rewrite sum_minus. apply sum_ext. intros. ring. Qed.

(** Cauchy and Schwarz, squared: no square root is needed. *)
Lemma cauchy_schwarz n x y : dot n x y ^ 2 <= square_norm n x * square_norm n y.
Proof.
  unfold square_norm, dot. induction n as [|n IH]; cbn [sum]; [lra|].
  set (p := sum n (fun i => x i * y i)) in *.
  set (a := sum n (fun i => x i * x i)) in *.
  set (b := sum n (fun i => y i * y i)) in *.
  assert (A : 0 <= a) by (apply sum_nonneg; intros; nra).
  assert (B : 0 <= b) by (apply sum_nonneg; intros; nra).
  (* 2 p u v <= a v^2 + b u^2, since p^2 <= a b *)
  assert (M : 2 * p * (x n * y n) <= a * (y n * y n) + b * (x n * x n)).
  { set (u := x n) in *. set (v := y n) in *.
    destruct (Req_dec a 0) as [Z|Z].
    - assert (P : p ^ 2 <= 0) by (rewrite Z in IH; lra).
      assert (p = 0) by nra. assert (0 <= b * (u * u)) by (apply Rmult_le_pos; nra). nra.
    - assert (0 < a) by lra.
      assert (Q : 0 <= (a * v - p * u) ^ 2) by apply pow2_ge_0.
      assert (I : p ^ 2 * (u * u) <= a * b * (u * u)) by (apply Rmult_le_compat_r; nra).
      apply Rmult_le_reg_l with a; [assumption|]. nra. }
  nra.
Qed.

(** * Euclidean distance *)

Lemma norm_nonneg n x : 0 <= norm n x.
Proof. apply sqrt_pos. Qed.

Lemma norm_square n x : norm n x ^ 2 = square_norm n x.
Proof. unfold norm. apply pow2_sqrt, square_norm_nonneg. Qed.

Lemma norm_triangle n x y : norm n (fun i => x i + y i) <= norm n x + norm n y.
Proof.
  pose proof (norm_nonneg n x) as X. pose proof (norm_nonneg n y) as Y.
  apply Rsqr_incr_0_var; [|lra]. rewrite !Rsqr_pow2.
  replace ((norm n x + norm n y) ^ 2)
    with (square_norm n x + square_norm n y + 2 * (norm n x * norm n y))
    by (rewrite <- !norm_square; ring).
  rewrite norm_square.
  assert (E : square_norm n (fun i => x i + y i) = square_norm n x + square_norm n y + 2 * dot n x y).
  { unfold square_norm, dot. rewrite <- sum_scale, <- !sum_plus. apply sum_ext. intros. ring. }
  rewrite E. apply Rplus_le_compat_l, Rmult_le_compat_l; [lra|].
  apply Rsqr_incr_0_var; [|nra]. rewrite !Rsqr_pow2, Rpow_mult_distr, !norm_square.
  apply cauchy_schwarz.
Qed.

Lemma norm_ext n x y : (forall i, (i < n)%nat -> x i = y i) -> norm n x = norm n y.
Proof.
  intro E. unfold norm, square_norm, dot. f_equal. apply sum_ext. intros i I. now rewrite E.
Qed.

Lemma distance_triangle n x y z : distance n x z <= distance n x y + distance n y z.
Proof.
  unfold distance. eapply Rle_trans; [apply Req_le|apply norm_triangle].
  apply norm_ext. intros i _. unfold minus. ring.
Qed.

Lemma distance_sym n x y : distance n x y = distance n y x.
Proof.
  unfold distance, norm, square_norm, dot, minus. f_equal. apply sum_ext. intros. ring.
Qed.

Lemma distance_nonneg n x y : 0 <= distance n x y.
Proof. apply norm_nonneg. Qed.
