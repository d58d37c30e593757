; the negation of the equals claim tower-not
; SHA-256 864d66563590bcf4910afec1396afc16765fc7919b93028858c127b265b8a5b3
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
(assert (= right_layer1_neuron0 (* 624 x2)))
; atoms: the number of each is its literal in a certificate
(define-fun atom2 () Bool (> left_layer4_neuron0 right_layer1_neuron0))
(define-fun atom3 () Bool (>= left_layer4_neuron0 right_layer1_neuron0))
; the negated claim
(assert (or atom2 (not atom3)))
(check-sat)
(exit)
