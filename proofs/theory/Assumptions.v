(** Every theorem of the page, with what it assumes: compared with assumptions.txt. *)

From Certify Require Import Vectors Network Files.
From Certify.paper Require Import Proposition1 Obstruction Lemma1 Lemma2 Theorem1 Theorem3.

Print Assumptions proposition_1.
Print Assumptions parity_bound.
Print Assumptions lemma_2_as_printed_is_false.
Print Assumptions exact_threshold.
Print Assumptions parity_network_norms.
Print Assumptions lemma_2_repaired.
Print Assumptions density_sums.
Print Assumptions lemma_1_repaired.
Print Assumptions tower_value.
Print Assumptions tower_member.
Print Assumptions tower_separates.
Print Assumptions tower_is_the_label.
Print Assumptions lossless_compression.
Print Assumptions blind_parity_member.
Print Assumptions margin.
Print Assumptions slice_is_g.
Print Assumptions before_is_identity.
Print Assumptions product_is_shallow.
Print Assumptions parity_file_is_parity.
Print Assumptions tower_file_value.
