; the negation of the equals claim parity-copy-1-before
; SHA-256 06430f345d5f352b298e4c760447938d4ea382e98e8cfc5df9405309dc4f25d2
; network parity-copy-1 158b0284d1afc3aa31d1623a3258db90aeb082f7857c729d99e0e74054b11133
; unsat: the claim is true; sat: it is false at the x of the model
(set-info :smt-lib-version 2.7)
(set-logic QF_LRA)
; variables: inputs and neurons; a definition is a layer's row
(declare-const x0 Real)
(declare-const x1 Real)
(declare-const x2 Real)
(declare-const x3 Real)
(declare-const left_layer1_neuron0 Real)
(assert (= left_layer1_neuron0 x0))
(declare-const left_layer1_neuron1 Real)
(assert (= left_layer1_neuron1 x1))
(declare-const left_layer1_neuron2 Real)
(assert (= left_layer1_neuron2 x2))
(declare-const left_layer1_neuron3 Real)
(assert (= left_layer1_neuron3 x3))
(declare-const right_layer1_neuron0 Real)
(assert (= right_layer1_neuron0 x0))
(declare-const right_layer1_neuron1 Real)
(assert (= right_layer1_neuron1 x1))
(declare-const right_layer1_neuron2 Real)
(assert (= right_layer1_neuron2 x2))
(declare-const right_layer1_neuron3 Real)
(assert (= right_layer1_neuron3 x3))
; atoms: the number of each is its literal in a certificate
; the negated claim
(assert false)
(check-sat)
(exit)
