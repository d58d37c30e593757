(** The networks of the theorems as the files that are shipped: integers, and canonical JSON.

    [parity_file] and [tower_file] are families of integer networks; [parity_file_is_parity] and
    [tower_file_value] say of every member what it computes, and [json] prints it as
    `certify gadget` writes it, byte for byte: `make theory` compares the two for n up to 64. *)

From Coq Require Import String Ascii DecimalString.
From Coq Require Import Reals Lra Lia List ZArith Psatz.
From Certify Require Import Vectors Network.
From Certify.paper Require Import Obstruction Lemma2 Theorem1.
Import ListNotations.

Record file_layer : Type := FileLayer {
  rows : list (list Z);
  offset : list Z;
  cut : bool
}.

(** * Meaning *)

Definition meaning (inputs : nat) (l : file_layer) : layer :=
  Layer inputs (length (rows l))
    (fun i j => IZR (nth j (nth i (rows l) []) 0%Z))
    (fun i => IZR (nth i (offset l) 0%Z))
    (fun _ => if cut l then relu else identity).

Fixpoint network (inputs : nat) (file : list file_layer) : list layer :=
  match file with
  | [] => []
  | l :: rest => meaning inputs l :: network (length (rows l)) rest
  end.

(** Two layers that agree wherever their lengths say that they are read. *)
Definition agree (a b : layer) : Prop :=
  columns a = columns b /\ width a = width b /\
  forall i, (i < width a)%nat ->
    (forall j, (j < columns a)%nat -> weight a i j = weight b i j) /\
    bias a i = bias b i /\ activation a i = activation b i.

Lemma agree_apply a b x y : agree a b -> (forall j, (j < columns a)%nat -> x j = y j) ->
  forall i, (i < width a)%nat -> apply a x i = apply b y i.
Proof.
  intros (C & _ & A) E i I. destruct (A i I) as (W & B & T). unfold apply, dot.
  rewrite T, B, <- C. do 2 f_equal. apply sum_ext. intros j J. now rewrite W, E.
Qed.

Lemma agree_evaluate a b : Forall2 agree a b -> forall n m x y, fits n m a ->
  (forall j, (j < n)%nat -> x j = y j) -> forall i, (i < m)%nat -> evaluate a x i = evaluate b y i.
Proof.
  induction 1 as [|k l a b A F IH]; intros n m x y T E i I.
  - cbn in *. subst. auto.
  - destruct T as [<- T]. cbn [evaluate fold_left]. apply (IH (width k) m); [exact T| |exact I].
    now apply agree_apply.
Qed.

(** * The families *)

Definition sign_z (c : nat) : Z := if Nat.even c then 1 else -1.

Definition zigzag_z (n k : nat) : Z :=
  match k with
  | O => - sign_z n
  | S _ => - (2 * sign_z n * sign_z k)
  end.

(** `certify gadget parity --inputs n` *)
Definition parity_file (n : nat) : list file_layer := [
  FileLayer [repeat 1%Z n] [Z.of_nat n] true;
  FileLayer (repeat [1%Z] n) (map (fun k => - (2 * Z.of_nat k))%Z (seq 0 n)) true;
  FileLayer [map (zigzag_z n) (seq 0 n)] [sign_z n] false
].

(** `certify gadget tower --inputs (n + 1) --scale lambda --depth d` *)
Definition tower_file (n d : nat) (lambda : Z) : list file_layer :=
  FileLayer [repeat 0%Z n ++ [lambda]] [0%Z] false
  :: repeat (FileLayer [[lambda]] [0%Z] false) (d - 1).

Lemma sign_z_is c : IZR (sign_z c) = sign c.
Proof. unfold sign_z, sign. destruct (Nat.even c); reflexivity. Qed.

Lemma nth_map_seq {A} (f : nat -> A) n k (a : A) : (k < n)%nat -> nth k (map f (seq 0 n)) a = f k.
Proof.
  intro K. rewrite (nth_indep _ a (f 0%nat)) by now rewrite map_length, seq_length.
  rewrite map_nth, seq_nth by exact K. reflexivity.
Qed.

Lemma nth_repeat_below {A} (v a : A) n k : (k < n)%nat -> nth k (repeat v n) a = v.
Proof. revert k. induction n; intros k K; [lia|]. destruct k; cbn; [reflexivity|]. apply IHn. lia. Qed.

Lemma parity_file_agrees n : Forall2 agree (network n (parity_file n)) (parity_network n).
Proof.
  cbn [network parity_file rows length]. rewrite repeat_length.
  repeat (apply Forall2_cons; [|]); try apply Forall2_nil; unfold agree, meaning;
    cbn [columns width weight bias activation rows offset cut length]; rewrite ?repeat_length;
    (split; [reflexivity|]); (split; [reflexivity|]); intros i I; (split; [intros j J|]);
    try match goal with |- _ /\ _ => split end.
  - replace i with 0%nat by lia. cbn [nth]. now rewrite nth_repeat_below.
  - replace i with 0%nat by lia. cbn [nth]. now rewrite INR_IZR_INZ.
  - reflexivity.
  - replace j with 0%nat by lia. now rewrite nth_repeat_below.
  - rewrite nth_map_seq by exact I. now rewrite opp_IZR, mult_IZR, <- INR_IZR_INZ.
  - reflexivity.
  - replace i with 0%nat by lia. cbn [nth]. rewrite nth_map_seq by exact J.
    destruct j; unfold zigzag_z, zigzag; rewrite opp_IZR, ?mult_IZR, ?sign_z_is; reflexivity.
  - replace i with 0%nat by lia. cbn [nth]. apply sign_z_is.
  - reflexivity.
Qed.

Theorem parity_file_is_parity (n : nat) (x : nat -> R) : (1 <= n)%nat -> cube n x ->
  evaluate (network n (parity_file n)) x 0%nat = parity n x.
Proof.
  intros N C. rewrite <- parity_network_is_parity by exact C.
  apply (agree_evaluate _ _ (parity_file_agrees n) n 1); [|reflexivity|lia].
  cbn. now rewrite repeat_length.
Qed.

Lemma tower_file_agrees n d lambda :
  Forall2 agree (network (S n) (tower_file n d lambda)) (tower n d (IZR lambda)).
Proof.
  unfold tower_file, tower. cbn [network rows length]. apply Forall2_cons.
  - split; [reflexivity|split; [reflexivity|]]. cbn [columns width meaning rows length].
    intros i I. replace i with 0%nat by lia. repeat split.
    intros j J. cbn [weight meaning rows nth reads_last]. destruct (Nat.eqb_spec j n) as [->|D].
    + rewrite app_nth2, repeat_length, Nat.sub_diag; [reflexivity|]. rewrite repeat_length. lia.
    + rewrite app_nth1 by (rewrite repeat_length; lia). rewrite nth_repeat_below by lia. reflexivity.
  - induction (d - 1)%nat; cbn [repeat network rows length]; [constructor|].
    apply Forall2_cons; [|exact IHn0]. split; [reflexivity|split; [reflexivity|]].
    cbn [columns width meaning rows length]. intros i I. replace i with 0%nat by lia.
    repeat split. intros j J. replace j with 0%nat by lia. reflexivity.
Qed.

Theorem tower_file_value (n d : nat) (lambda : Z) (x : nat -> R) : (1 <= d)%nat ->
  evaluate (network (S n) (tower_file n d lambda)) x 0%nat = (IZR lambda ^ d * x n)%R.
Proof.
  intro D. rewrite <- tower_value by exact D.
  apply (agree_evaluate _ _ (tower_file_agrees n d lambda) (S n) 1); [|reflexivity|lia].
  split; [reflexivity|]. cbn [width meaning rows length network tower_file].
  generalize (d - 1)%nat. intro k. induction k as [|k IH]; [reflexivity|split; [reflexivity|exact IH]].
Qed.

(** * Canonical JSON *)

Open Scope string_scope.

Definition quote : string := String (ascii_of_nat 34) "".
Definition decimal (z : Z) : string := NilZero.string_of_int (Z.to_int z).
Definition number (n : nat) : string := decimal (Z.of_nat n).
Definition text (z : Z) : string := quote ++ decimal z ++ quote.
Definition key (name : string) : string := quote ++ name ++ quote ++ ":".

Fixpoint joined (parts : list string) : string :=
  match parts with
  | [] => ""
  | [last] => last
  | part :: rest => part ++ "," ++ joined rest
  end.

Definition listed (parts : list string) : string := "[" ++ joined parts ++ "]".

(** The entries of a matrix that are not zero, as [row, column, value]. *)
Definition entries (matrix : list (list Z)) : list string :=
  flat_map (fun numbered => let (i, row) := numbered : nat * list Z in
    flat_map (fun pair => let (j, v) := pair : nat * Z in
      if Z.eqb v 0 then [] else [listed [number i; number j; text v]])
      (combine (seq 0 (length row)) row))
    (combine (seq 0 (length matrix)) matrix).

Definition json_layer (inputs : nat) (l : file_layer) : string :=
  "{" ++ key "bias" ++ listed (map text (offset l)) ++ ","
      ++ key "relu" ++ (if cut l then "true" else "false") ++ ","
      ++ key "weight" ++ "{" ++ key "columns" ++ number inputs ++ ","
      ++ key "entries" ++ listed (entries (rows l)) ++ ","
      ++ key "rows" ++ number (length (rows l)) ++ "}}".

Fixpoint json_layers (inputs : nat) (file : list file_layer) : list string :=
  match file with
  | [] => []
  | l :: rest => json_layer inputs l :: json_layers (length (rows l)) rest
  end.

Definition json (inputs : nat) (file : list file_layer) : string :=
  "{" ++ key "format" ++ quote ++ "certify-network-1" ++ quote ++ ","
      ++ key "inputs" ++ number inputs ++ ","
      ++ key "layers" ++ listed (json_layers inputs file) ++ "}".
