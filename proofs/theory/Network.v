(** Networks as Definition 1 of the paper has them, over the reals.

    A layer is x |-> act(W x + b), with an activation for each component. The class [member]
    asks that each activation is 1-Lipschitz and that each Frobenius norm is at most Lambda:
    the class NN_{Lambda,d} with any activations. [relu_member] asks for ReLU or the identity. *)

From Coq Require Import Reals Lra Lia List Psatz.
From Certify Require Import Vectors.
Import ListNotations.
Open Scope R_scope.

Record layer : Type := Layer {
  columns : nat;                  (* the number of inputs *)
  width : nat;                    (* the number of outputs *)
  weight : nat -> nat -> R;       (* weight i j: from input j to output i *)
  bias : nat -> R;
  activation : nat -> R -> R      (* of each output *)
}.

Definition relu (t : R) : R := Rmax t 0.
Definition identity (t : R) : R := t.

(** The value of a layer, and of layers one after another: the first in the list comes first. *)
Definition apply (l : layer) (x : nat -> R) : nat -> R :=
  fun i => activation l i (dot (columns l) (weight l i) x + bias l i).

Definition evaluate (network : list layer) (x : nat -> R) : nat -> R :=
  fold_left (fun value l => apply l value) network x.

(** From n inputs to m outputs, each layer reading what the one before it gives. *)
Fixpoint fits (n m : nat) (network : list layer) : Prop :=
  match network with
  | [] => n = m
  | l :: rest => columns l = n /\ fits (width l) m rest
  end.

(** The squared Frobenius norm of a layer's matrix. *)
Definition frobenius (l : layer) : R := sum (width l) (fun i => square_norm (columns l) (weight l i)).

Definition lipschitz (f : R -> R) : Prop := forall s t, Rabs (f s - f t) <= Rabs (s - t).

(** f is in NN_{Lambda,d}: d layers, squared Frobenius norms of at most square = Lambda^2. *)
Definition member (square : R) (d : nat) (network : list layer) : Prop :=
  length network = d /\
  Forall (fun l => frobenius l <= square /\ forall i, lipschitz (activation l i)) network.

(** The same with ReLU or the identity in each component. *)
Definition relu_member (square : R) (d : nat) (network : list layer) : Prop :=
  length network = d /\
  Forall (fun l => frobenius l <= square /\
                   forall i, activation l i = relu \/ activation l i = identity) network.

Lemma relu_lipschitz : lipschitz relu.
Proof.
  intros s t. unfold relu, Rmax.
  destruct (Rle_dec s 0), (Rle_dec t 0); unfold Rabs;
    repeat destruct Rcase_abs; lra.
Qed.

Lemma identity_lipschitz : lipschitz identity.
Proof. intros s t. unfold identity. lra. Qed.

Lemma relu_member_is_member square d network : relu_member square d network -> member square d network.
Proof.
  intros [E F]. split; [exact E|]. apply (Forall_impl _ (P := _) ) with (2 := F).
  intros l [N A]. split; [exact N|]. intro i.
  destruct (A i) as [-> | ->]; [apply relu_lipschitz|apply identity_lipschitz].
Qed.

Lemma lipschitz_square f s t : lipschitz f -> (f s - f t) ^ 2 <= (s - t) ^ 2.
Proof.
  intro L. specialize (L s t). rewrite <- (pow2_abs (f s - f t)), <- (pow2_abs (s - t)).
  apply pow_incr. split; [apply Rabs_pos|exact L].
Qed.

Lemma evaluate_app a b x : evaluate (a ++ b) x = evaluate b (evaluate a x).
Proof. unfold evaluate. apply fold_left_app. Qed.

(** Only the first inputs count. *)
Lemma apply_ext l x y : (forall i, (i < columns l)%nat -> x i = y i) -> forall i, apply l x i = apply l y i.
Proof.
  intros E i. unfold apply. do 2 f_equal. apply sum_ext. intros j J. now rewrite E.
Qed.
