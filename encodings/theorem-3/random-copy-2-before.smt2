; the negation of the equals claim random-copy-2-before
; SHA-256 e5eaedae359a83319236d9a17d9dbb11d5d9526e32e066c030bbd51504a30251
; network random-copy-2 540051eddbac0ad3f672c83e91b62c363d4b8460d513bd5d10e1fbb64c17cadf
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
