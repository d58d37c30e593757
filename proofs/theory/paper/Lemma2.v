(** Lemma 2, repaired: parity of n bits is a ReLU network of three layers, for every n.

    It has n + 2 neurons and squared Frobenius norms n, n and 4n - 3, so that it is in NN_{Lambda,3}
    whenever 4n - 3 <= Lambda^2. That some norm must grow is [Obstruction.parity_bound]. *)

From Coq Require Import Reals Lra Lia List Psatz Arith.
From Certify Require Import Vectors Network.
From Certify.paper Require Import Obstruction.
Import ListNotations.
Open Scope R_scope.

(** The weights of the last layer: a zigzag through (2c, (-1)^(n - c)) for c = 0 ... n. *)
Definition zigzag (n k : nat) : R :=
  match k with
  | O => - sign n
  | S _ => - (2 * sign n * sign k)
  end.

Definition parity_network (n : nat) : list layer := [
  Layer n 1 (fun _ _ => 1) (fun _ => INR n) (fun _ => relu);              (* 2c, c the number of +1 *)
  Layer 1 n (fun _ _ => 1) (fun k => - (2 * INR k)) (fun _ => relu);
  Layer n 1 (fun _ k => zigzag n k) (fun _ => sign n) (fun _ => identity)
].

Lemma sign_square c : sign c * sign c = 1.
Proof. unfold sign. destruct (Nat.even c); lra. Qed.

Lemma sign_values c : sign c = 1 \/ sign c = -1.
Proof. unfold sign. destruct (Nat.even c); auto. Qed.

Lemma relu_positive t : 0 <= t -> relu t = t.
Proof. intro P. unfold relu. now rewrite Rmax_left by lra. Qed.

Lemma relu_negative t : t <= 0 -> relu t = 0.
Proof. intro P. unfold relu. now rewrite Rmax_right by lra. Qed.

(** The sum over the gates that are on. *)
Lemma zigzag_rises n c j : (1 <= j <= c)%nat ->
  sum j (fun k => zigzag n k * relu (2 * INR c - 2 * INR k))
  = sign n * (sign j * (2 * INR c - 2 * INR j + 1) - 1).
Proof.
  induction j as [|j IH]; intro J; [lia|]. destruct j as [|j].
  - cbn [sum zigzag]. assert (0 <= INR c) by apply pos_INR. rewrite relu_positive by (cbn; lra).
    change (sign 1) with (-1). cbn. lra.
  - change (sum (S (S j)) ?f) with (sum (S j) f + f (S j)). cbn beta. rewrite IH by lia.
    assert (L : INR (S j) <= INR c) by (apply le_INR; lia).
    rewrite relu_positive by lra. cbn [zigzag]. rewrite (sign_S (S j)), (S_INR (S j)). ring.
Qed.

Lemma zigzag_sum n c m : (c <= m)%nat ->
  sum m (fun k => zigzag n k * relu (2 * INR c - 2 * INR k)) = sign n * (sign c - 1).
Proof.
  intro L. induction L as [|m L IH].
  - destruct c; [cbn; unfold sign; cbn; ring|]. rewrite zigzag_rises by lia. ring.
  - cbn [sum]. rewrite IH. apply le_INR in L. rewrite relu_negative by lra. ring.
Qed.

Theorem parity_network_is_parity (n : nat) (x : nat -> R) :
  cube n x -> evaluate (parity_network n) x 0%nat = parity n x.
Proof.
  intro C. destruct (negatives_count n x C) as [A B].
  pose proof (negatives_le n x) as L. set (m := negatives n x) in *.
  assert (Q : sum n (fun j => 1 * x j) + INR n = 2 * INR (n - m)).
  { rewrite sum_scale, A, minus_INR by exact L. ring. }
  assert (P : 0 <= INR (n - m)) by apply pos_INR.
  unfold parity_network, evaluate. cbn [fold_left].
  unfold apply. cbn [columns weight bias activation]. unfold identity, dot. cbn [sum].
  rewrite Q, relu_positive by lra.
  rewrite (sum_ext _ _ (fun k => zigzag n k * relu (2 * INR (n - m) - 2 * INR k))).
  - rewrite zigzag_sum, B by lia. replace m with (n - (n - m))%nat at 2 by lia.
    assert (E : sign (n - (n - m)) = sign n * sign (n - m)).
    { assert (G : forall a b, (b <= a)%nat -> sign (a - b) = sign a * sign b).
      { intros a b. induction b; intro H; [unfold sign at 3; cbn; rewrite Nat.sub_0_r; ring|].
        assert (sign (a - b) = - sign (a - S b)) by (rewrite <- sign_S; f_equal; lia).
        rewrite sign_S. rewrite IHb in H0 by lia. lra. }
      apply G. lia. }
    rewrite E. ring.
  - intros k _. f_equal. f_equal. ring.
Qed.

Theorem parity_network_norms (n : nat) : (1 <= n)%nat ->
  map frobenius (parity_network n) = [INR n; INR n; 4 * INR n - 3].
Proof.
  intro N. unfold parity_network, frobenius, square_norm, dot.
  cbn [map columns width weight sum]. rewrite !sum_const.
  assert (Z : forall m, (1 <= m)%nat -> sum m (fun k => zigzag n k * zigzag n k) = 4 * INR m - 3).
  { induction m as [|m IH]; intro M; [lia|]. destruct m.
    - cbn. pose proof (sign_square n). lra.
    - change (sum (S (S m)) ?f) with (sum (S m) f + f (S m)). cbn beta. rewrite IH, (S_INR (S m)) by lia.
      cbn [zigzag]. pose proof (sign_square n). pose proof (sign_square (S m)).
      destruct (sign_values n) as [-> | ->], (sign_values (S m)) as [-> | ->]; lra. }
  rewrite Z by exact N.
  apply f_equal2; [ring|]. apply f_equal2; [ring|]. apply f_equal2; [ring|reflexivity].
Qed.

(** Lemma 2, repaired: every parity is in NN_{Lambda,3} for Lambda^2 >= 4n - 3, with ReLUs. *)
Theorem lemma_2_repaired (n : nat) (square : R) : (1 <= n)%nat -> 4 * INR n - 3 <= square ->
  relu_member square 3 (parity_network n) /\ fits n 1 (parity_network n) /\
  forall x, cube n x -> evaluate (parity_network n) x 0%nat = parity n x.
Proof.
  intros N B. pose proof (parity_network_norms n N) as E. assert (1 <= INR n) by (apply (le_INR 1), N).
  split; [split; [reflexivity|]|split].
  - unfold parity_network in *. cbn [map] in E. injection E as E1 E2 E3.
    apply Forall_cons; [split; [rewrite E1; lra|intro i; cbn; auto]|].
    apply Forall_cons; [split; [rewrite E2; lra|intro i; cbn; auto]|].
    apply Forall_cons; [split; [rewrite E3; lra|intro i; cbn; auto]|constructor].
  - now repeat split.
  - apply parity_network_is_parity.
Qed.
