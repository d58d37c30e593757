; the negation of the equals claim random-copy-3-before
; SHA-256 d1b6c7061c77fff43e0d16f282eb76672815f6d58d05f0f1009014e73b0f5f20
; network random-copy-3 bbbe549964b9701e17331fe51991d4e762f4f6afae30134e0903f02cf51e6423
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
(declare-const left_layer2_neuron0 Real)
(assert (= left_layer2_neuron0 left_layer1_neuron0))
(declare-const left_layer2_neuron1 Real)
(assert (= left_layer2_neuron1 left_layer1_neuron1))
(declare-const left_layer2_neuron2 Real)
(assert (= left_layer2_neuron2 left_layer1_neuron2))
(declare-const left_layer3_neuron0 Real)
(assert (= left_layer3_neuron0 left_layer2_neuron0))
(declare-const left_layer3_neuron1 Real)
(assert (= left_layer3_neuron1 left_layer2_neuron1))
(declare-const left_layer3_neuron2 Real)
(assert (= left_layer3_neuron2 left_layer2_neuron2))
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
