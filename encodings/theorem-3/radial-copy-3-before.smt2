; the negation of the equals claim radial-copy-3-before
; SHA-256 88ad22f524526f067754039088cd83f6122a01cea32d72f9aae6797d81609364
; network radial-copy-3 e9979b3040335371f310345391f9e4ec9116766887587a7a07ed6af19777c0b1
; unsat: the claim is true; sat: it is false at the x of the model
(set-info :smt-lib-version 2.7)
(set-logic QF_LRA)
; variables: inputs and neurons; a definition is a layer's row
(declare-const x0 Real)
(declare-const x1 Real)
(declare-const left_layer1_neuron0 Real)
(assert (= left_layer1_neuron0 x0))
(declare-const left_layer1_neuron1 Real)
(assert (= left_layer1_neuron1 x1))
(declare-const left_layer2_neuron0 Real)
(assert (= left_layer2_neuron0 left_layer1_neuron0))
(declare-const left_layer2_neuron1 Real)
(assert (= left_layer2_neuron1 left_layer1_neuron1))
(declare-const left_layer3_neuron0 Real)
(assert (= left_layer3_neuron0 left_layer2_neuron0))
(declare-const left_layer3_neuron1 Real)
(assert (= left_layer3_neuron1 left_layer2_neuron1))
(declare-const right_layer1_neuron0 Real)
(assert (= right_layer1_neuron0 x0))
(declare-const right_layer1_neuron1 Real)
(assert (= right_layer1_neuron1 x1))
; atoms: the number of each is its literal in a certificate
; the negated claim
(assert false)
(check-sat)
(exit)
