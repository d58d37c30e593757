; the negation of the equals claim tower
; SHA-256 de6eca5c82bbcf0e22f3d4406da6a24d3ee021b84908163a1bab84e9097c3486
; network tower 47c4b4e9cac4f09a772b5397ae09cf2898b926ff34a17d03a1ab156d3a6eb60f
; unsat: the claim is true; sat: it is false at the x of the model
(set-info :smt-lib-version 2.7)
(set-logic QF_LRA)
; variables: inputs and neurons; a definition is a layer's row
(declare-const x0 Real)
(declare-const x1 Real)
(declare-const x2 Real)
(declare-const left_layer1_neuron0 Real)
(assert (= left_layer1_neuron0 (* 5 x2)))
(declare-const left_layer2_neuron0 Real)
(assert (= left_layer2_neuron0 (* 5 left_layer1_neuron0)))
(declare-const left_layer3_neuron0 Real)
(assert (= left_layer3_neuron0 (* 5 left_layer2_neuron0)))
(declare-const left_layer4_neuron0 Real)
(assert (= left_layer4_neuron0 (* 5 left_layer3_neuron0)))
(declare-const right_layer1_neuron0 Real)
(assert (= right_layer1_neuron0 (* 625 x2)))
; atoms: the number of each is its literal in a certificate
; the negated claim
(assert false)
(check-sat)
(exit)
