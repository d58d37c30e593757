; the negation of the equals claim radial-copy-2-before
; SHA-256 29fb1f0a8ecff06d0fdef9245681ef33609f94cc9ba5faa2256665bbab6620de
; network radial-copy-2 29f6cc936534d1f1eb9b446786fad2b2ace47dccbc540a27242846fd618c4d15
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
(declare-const right_layer1_neuron0 Real)
(assert (= right_layer1_neuron0 x0))
(declare-const right_layer1_neuron1 Real)
(assert (= right_layer1_neuron1 x1))
; atoms: the number of each is its literal in a certificate
; the negated claim
(assert false)
(check-sat)
(exit)
