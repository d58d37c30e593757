(** Proposition 1: a member of NN_{Lambda,d} is Lambda^d-Lipschitz, whatever its activations. *)

From Coq Require Import Reals Lra Lia List Psatz.
From Certify Require Import Vectors Network.
Import ListNotations.
Open Scope R_scope.

(** One layer: |act(Wx + b) - act(Wy + b)|^2 <= ||W||_F^2 |x - y|^2. *)
Lemma layer_lipschitz l x y :
  (forall i, lipschitz (activation l i)) ->
  square_distance (width l) (apply l x) (apply l y) <= frobenius l * square_distance (columns l) x y.
Proof.
  intro A. unfold square_distance at 1, square_norm, dot, frobenius.
  rewrite Rmult_comm, <- sum_scale. apply sum_le. intros i _. unfold minus at 1 2, apply.
  set (u := dot (columns l) (weight l i) x + bias l i).
  set (v := dot (columns l) (weight l i) y + bias l i).
  pose proof (lipschitz_square (activation l i) u v (A i)) as L.
  assert (E : u - v = dot (columns l) (weight l i) (minus x y))
    by (unfold u, v; rewrite <- dot_minus; ring).
  rewrite E in L.
  pose proof (cauchy_schwarz (columns l) (weight l i) (minus x y)) as C.
  unfold square_distance. lra.
Qed.

Lemma square_lipschitz square network : forall d n m x y,
  0 <= square -> member square d network -> fits n m network ->
  square_distance m (evaluate network x) (evaluate network y) <= square ^ d * square_distance n x y.
Proof.
  induction network as [|l rest IH]; intros d n m x y S [E F] T.
  - cbn in E, T. subst. cbn. lra.
  - cbn in E. subst d. destruct T as [<- T]. apply Forall_cons_iff in F as [[N A] F].
    cbn [evaluate fold_left pow length]. change (fold_left _ rest ?v) with (evaluate rest v).
    eapply Rle_trans; [apply (IH (length rest) (width l) m); repeat split; assumption|].
    pose proof (layer_lipschitz l x y A) as L.
    pose proof (square_distance_nonneg (columns l) x y).
    assert (P : 0 <= square ^ length rest) by now apply pow_le.
    rewrite (Rmult_comm square), Rmult_assoc. apply Rmult_le_compat_l; [exact P|].
    eapply Rle_trans; [exact L|]. now apply Rmult_le_compat_r.
Qed.

(** Proposition 1, as the paper states it. *)
Theorem proposition_1 (lambda : R) (d n m : nat) (network : list layer) (x y : nat -> R) :
  0 <= lambda -> member (lambda ^ 2) d network -> fits n m network ->
  distance m (evaluate network x) (evaluate network y) <= lambda ^ d * distance n x y.
Proof.
  intros P M T. pose proof (square_lipschitz (lambda ^ 2) network d n m x y) as L.
  assert (E : (lambda ^ 2) ^ d = (lambda ^ d) ^ 2) by (rewrite <- !pow_mult; f_equal; lia).
  specialize (L (pow2_ge_0 lambda) M T). rewrite E in L.
  assert (Q : 0 <= lambda ^ d) by now apply pow_le.
  unfold distance, norm. rewrite <- (sqrt_pow2 (lambda ^ d) Q) at 1. rewrite <- sqrt_mult_alt by nra.
  apply sqrt_le_1_alt. exact L.
Qed.
