(** Lemma 1, repaired: whoever compresses a separator learns the distribution.

    D0 is any finite law, f any function, g any member of NN_{Lambda,d} whatever its activations.
    Against the paper's text: NN_{Delta,d} reads NN_{Lambda,d}; z(x0) = x0 - eta v where the paper
    has x0; and the bound is an inequality. *)

From Coq Require Import Reals Lra Lia List Psatz Bool.
From Certify Require Import Vectors Network.
From Certify.paper Require Import Proposition1.
Import ListNotations.
Open Scope R_scope.

Section Lemma1.

Variables (n m : nat).                          (* f and g map R^n to R^m *)
Variable f : (nat -> R) -> nat -> R.
Variables (g : list layer) (lambda : R) (d : nat).
Variables (v : nat -> R) (eta delta : R).       (* the direction, the step, the separation *)
Variables (size : nat) (point : nat -> nat -> R) (mass : nat -> R).   (* D0: finitely many points *)
Variable s : nat -> bool.                       (* the sign at each point: true is +1 *)

Hypothesis class : member (lambda ^ 2) d g.
Hypothesis shape : fits n m g.
Hypothesis lambda_nonneg : 0 <= lambda.
Hypothesis unit_direction : norm n v = 1.
Hypothesis eta_nonneg : 0 <= eta.
Hypothesis delta_positive : 0 < delta.
Hypothesis mass_nonneg : forall k, (k < size)%nat -> 0 <= mass k.

(** x0 + eta v, or x0 - eta v. *)
Definition step (up : bool) (x : nat -> R) : nat -> R :=
  fun i => x i + (if up then eta else - eta) * v i.

Hypothesis separates : forall k, (k < size)%nat ->
  delta <= distance m (f (step true (point k))) (f (step false (point k))).
Hypothesis margin : eta * lambda ^ d <= delta / 4.

(** The learner: up where g(x0) is nearer to f(x0 + eta v) than to f(x0 - eta v), down otherwise. *)
Definition nearer (x : nat -> R) : bool :=
  if Rlt_dec (distance m (evaluate g x) (f (step true x)))
             (distance m (evaluate g x) (f (step false x)))
  then true else false.

(** A law on the 2·size points x_k ± eta v, which are distinct: its mass at (k, up) and (k, down). *)
Definition law (sign : nat -> bool) (k : nat) (up : bool) : R :=
  if eqb up (sign k) then mass k else 0.

Definition learned : nat -> bool -> R := law (fun k => nearer (point k)).
Definition target : nat -> bool -> R := law s.

(** Half of the sum of |p~ - p| over all points. *)
Definition total_variation (p q : nat -> bool -> R) : R :=
  / 2 * sum size (fun k => Rabs (p k true - q k true) + Rabs (p k false - q k false)).

(** E over D of |g - f|^2. *)
Definition mean_square : R :=
  sum size (fun k => mass k * distance m (evaluate g (step (s k) (point k))) (f (step (s k) (point k))) ^ 2).

(** D~ is an eta-perturbation of D0: each point moves up or down with all of its mass. *)
Theorem density_sums (k : nat) : learned k true + learned k false = mass k.
Proof. unfold learned, law. destruct (nearer (point k)); cbn; ring. Qed.

Lemma total_variation_is_error :
  total_variation learned target
  = sum size (fun k => if eqb (nearer (point k)) (s k) then 0 else mass k).
Proof.
  unfold total_variation. rewrite <- sum_scale. apply sum_ext. intros k K.
  pose proof (mass_nonneg k K) as P. unfold learned, target, law.
  destruct (nearer (point k)), (s k); cbn;
    rewrite ?Rminus_0_r, ?Rminus_diag_eq, ?Rabs_R0 by reflexivity;
    unfold Rminus; rewrite ?Rplus_opp_r, ?Rplus_0_l, ?Rabs_Ropp, ?Rabs_R0, ?(Rabs_pos_eq (mass k)) by assumption;
    lra.
Qed.

(** g moves by at most eta Lambda^d from a point of supp(D0) to either of its copies. *)
Lemma moves (up : bool) (x : nat -> R) :
  distance m (evaluate g x) (evaluate g (step up x)) <= delta / 4.
Proof.
  eapply Rle_trans; [apply (proposition_1 lambda d n m); assumption|].
  replace (distance n x (step up x)) with eta; [lra|].
  unfold distance. transitivity (norm n (fun i => (if up then - eta else eta) * v i)).
  - transitivity (Rabs (if up then - eta else eta) * norm n v).
    + rewrite unit_direction. destruct up; rewrite ?Rabs_Ropp, Rabs_pos_eq by assumption; ring.
    + unfold norm, square_norm, dot. rewrite <- (sqrt_Rsqr_abs (if up then - eta else eta)).
      rewrite <- sqrt_mult_alt by apply Rle_0_sqr. f_equal. rewrite <- sum_scale.
      apply sum_ext. intros i _. unfold Rsqr. ring.
  - apply norm_ext. intros i _. unfold minus, step. destruct up; ring.
Qed.

(** Where the learner errs, g is far from f. *)
Lemma error_is_seen (k : nat) : (k < size)%nat -> nearer (point k) <> s k ->
  delta / 4 <= distance m (evaluate g (step (s k) (point k))) (f (step (s k) (point k))).
Proof.
  intros K E. set (x := point k) in *.
  pose proof (moves (s k) x) as M. pose proof (separates k K) as D. fold x in D.
  pose proof (distance_triangle m (evaluate g x) (evaluate g (step (s k) x)) (f (step (s k) x))) as T.
  pose proof (distance_triangle m (f (step true x)) (evaluate g x) (f (step false x))) as U.
  rewrite (distance_sym m (f (step true x)) (evaluate g x)) in U.
  unfold nearer in E. destruct (Rlt_dec _ _), (s k); try congruence; lra.
Qed.

(** Lemma 1: D_TV(D~, D) <= 16 eps / Delta^2. *)
Theorem lemma_1_repaired : total_variation learned target <= 16 / delta ^ 2 * mean_square.
Proof.
  rewrite total_variation_is_error. unfold mean_square. rewrite <- sum_scale.
  apply sum_le. intros k K. pose proof (mass_nonneg k K) as P.
  set (e := distance m _ _). assert (Q : 0 < 16 / delta ^ 2) by (apply Rdiv_lt_0_compat; nra).
  destruct (eqb (nearer (point k)) (s k)) eqn:E.
  - apply Rmult_le_pos; [lra|]. apply Rmult_le_pos; [exact P|apply pow2_ge_0].
  - apply eqb_false_iff in E. pose proof (error_is_seen k K E) as D. fold e in D.
    assert (1 <= 16 / delta ^ 2 * e ^ 2).
    { replace 1 with (16 / delta ^ 2 * (delta / 4) ^ 2) by (field; lra).
      apply Rmult_le_compat_l; [lra|]. apply pow_incr. lra. }
    nra.
Qed.

End Lemma1.
