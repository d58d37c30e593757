; the negation of the equals claim random-copy-1-before
; SHA-256 320df9b8385070a0df7151ca9839ebdc504312004c203a31697f0497d141f982
; network random-copy-1 22761e3bb0c2fc87f7841014936606aff74cb651829676f0dbb51565c245a5d1
; unsat: the claim is true; sat: it is false at the x of the model
(set-info :smt-lib-version 2.7)
(set-logic QF_LRA)
; variables: inputs and neurons; a definition is a layer's row
(declare-const x0 Real)
(declare-const x1 Real)
(declare-const x2 Real)
(declare-const left_layer1_neuron0 Real)
(assert (= left_layer1_neuron0 x0))
(declare-const left_layer1_neuron1 Real)
(assert (= left_layer1_neuron1 x1))
(declare-const left_layer1_neuron2 Real)
(assert (= left_layer1_neuron2 x2))
(declare-const right_layer1_neuron0 Real)
(assert (= right_layer1_neuron0 x0))
(declare-const right_layer1_neuron1 Real)
(assert (= right_layer1_neuron1 x1))
(declare-const right_layer1_neuron2 Real)
(assert (= right_layer1_neuron2 x2))
; atoms: the number of each is its literal in a certificate
; the negated claim
(assert false)
(check-sat)
(exit)
