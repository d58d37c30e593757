(** Theorem 3, part 2: the deep product is, on all of space, the shallow one, for every g and d.

    g = g3 o g2 o g1 has three layers; copy i delays its input for i layers, is g, and delays for
    the rest of d layers. Values are of any type: a delay is the identity. *)

From Coq Require Import List Lia Arith.
Import ListNotations.

Section Theorem3.

Variable V : Type.
Variables g1 g2 g3 : V -> V.
Definition g (v : V) : V := g3 (g2 (g1 v)).

(** The layers of copy i of depth d, in order. *)
Definition copy (i d : nat) : list (V -> V) :=
  repeat (fun v => v) i ++ [g1; g2; g3] ++ repeat (fun v => v) (d - 3 - i).

Definition run (layers : list (V -> V)) (v : V) : V := fold_left (fun value layer => layer value) layers v.

Lemma run_app a b v : run (a ++ b) v = run b (run a v).
Proof. apply fold_left_app. Qed.

Lemma run_delay k v : run (repeat (fun v => v) k) v = v.
Proof. revert v. induction k; intro v; cbn; auto. Qed.

Lemma copy_depth i d : i + 3 <= d -> length (copy i d) = d.
Proof. intro B. unfold copy. rewrite !app_length, !repeat_length. cbn. lia. Qed.

(** The layers (i, i + 3] of copy i are g, and what comes before is the identity: the
    distribution induced there is that of the inputs. *)
Theorem slice_is_g i d v : i + 3 <= d -> run (firstn 3 (skipn i (copy i d))) v = g v.
Proof.
  intro B. unfold copy. rewrite skipn_app, repeat_length, Nat.sub_diag, skipn_all2
    by (rewrite repeat_length; lia). reflexivity.
Qed.

Theorem before_is_identity i d v : run (firstn i (copy i d)) v = v.
Proof.
  unfold copy. rewrite firstn_app, repeat_length, Nat.sub_diag, firstn_all2
    by (rewrite repeat_length; lia). cbn [firstn]. rewrite app_nil_r. apply run_delay.
Qed.

Lemma copy_is_g i d v : run (copy i d) v = g v.
Proof. unfold copy. rewrite !run_app, !run_delay. reflexivity. Qed.

(** * The product: copies side by side *)

(** Layer j of the product acts on a list of values, one for each copy. *)
Definition stage (copies : list (list (V -> V))) (j : nat) (values : list V) : list V :=
  map (fun pair => nth j (fst pair) (fun v => v) (snd pair)) (combine copies values).

Definition deep (copies : list (list (V -> V))) (d : nat) (values : list V) : list V :=
  fold_left (fun found j => stage copies j found) (seq 0 d) values.

Lemma stage_length copies j values : length copies = length values -> length (stage copies j values) = length values.
Proof. intro E. unfold stage. rewrite map_length, combine_length. lia. Qed.

Lemma deep_snoc copies d values : deep copies (S d) values = stage copies d (deep copies d values).
Proof. unfold deep. rewrite seq_S, fold_left_app. reflexivity. Qed.

Lemma run_snoc layers j v : j < length layers ->
  run (firstn (S j) layers) v = nth j layers (fun v => v) (run (firstn j layers) v).
Proof.
  revert j v. induction layers as [|l rest IH]; intros j v B; [cbn in B; lia|].
  destruct j; [reflexivity|]. cbn in B.
  change (run (firstn (S (S j)) (l :: rest)) v) with (run (firstn (S j) rest) (l v)).
  rewrite IH by lia. reflexivity.
Qed.

(** Each component of the product is its own copy. *)
Lemma deep_component copies d values :
  Forall (fun layers => length layers = d) copies -> length copies = length values ->
  forall j, j <= d ->
  deep copies j values = map (fun pair => run (firstn j (fst pair)) (snd pair)) (combine copies values).
Proof.
  intros F E j. induction j as [|j IH]; intro J.
  - cbn. clear F J. revert copies E. induction values as [|v values IH]; intros [|c copies] E;
      cbn in *; try discriminate; [reflexivity|]. f_equal. apply IH. lia.
  - rewrite deep_snoc, IH by lia. clear IH. unfold stage.
    revert copies F E. induction values as [|v values IH]; intros [|c copies] F E; cbn in *;
      try discriminate; [reflexivity|]. apply Forall_cons_iff in F as [L F]. injection E as E.
    f_equal; [symmetry; apply run_snoc; lia|]. apply IH; assumption.
Qed.

(** f = f^(1) x ... x f^(d-3), as the proof of Theorem 3 builds it. *)
Definition copies (d : nat) : list (list (V -> V)) := map (fun i => copy i d) (seq 1 (d - 3)).

Theorem product_is_shallow (d : nat) (values : list V) : length values = d - 3 ->
  deep (copies d) d values = map g values.
Proof.
  intro E. assert (F : Forall (fun layers => length layers = d) (copies d)).
  { unfold copies. apply Forall_forall. intros layers I. apply in_map_iff in I as (i & <- & S).
    apply in_seq in S. apply copy_depth. lia. }
  rewrite (deep_component (copies d) d values F); [|unfold copies; rewrite map_length, seq_length; lia|lia].
  unfold copies in *. rewrite <- E in *. clear E.
  revert F. generalize 1 as start. induction values as [|v values IH]; intros start F; [reflexivity|].
  cbn [length seq map combine]. cbn [length seq map] in F. apply Forall_cons_iff in F as [L F].
  f_equal; [|apply IH, F]. cbn [fst snd]. rewrite firstn_all2 by lia. apply copy_is_g.
Qed.

End Theorem3.
