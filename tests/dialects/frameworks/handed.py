"""What a constructor is handed: two functions, a list that grows, a learning rate in backward."""

import numpy as np


class Activation:
    def __init__(self, activation, activation_prime):
        self.activation, self.activation_prime = activation, activation_prime

    def forward(self, input):
        self.input = input
        return self.activation(self.input)

    def backward(self, output_gradient, learning_rate):
        return np.multiply(output_gradient, self.activation_prime(self.input))


class WrongActivationIgnoresItsInput(Activation):
    def backward(self, output_gradient, learning_rate):
        return np.multiply(output_gradient, self.activation_prime(output_gradient))


class Tanh(Activation):
    def __init__(self):
        super().__init__(np.tanh, lambda x: 1 - np.tanh(x) ** 2)


class WrongTanh(Activation):
    def __init__(self):
        super().__init__(np.tanh, lambda x: 1 - np.tanh(x))


class Function:
    def __init__(self, f, f_grad):
        self.f, self.f_grad = f, f_grad

    def forward(self, x):
        self.x = x
        return self.f(x)

    def backward(self, grad):
        return self.f_grad(self.x) * grad


class Waiting:
    """Its inputs wait in a list for their backward; the weights come with the first of them."""

    def __init__(self, n_out):
        self.n_out = n_out
        self.X, self.parameters, self.gradients = [], {}, {}

    def forward(self, X):
        if not self.parameters:
            self.parameters = {"W": np.random.randn(X.shape[1], self.n_out)}
            self.gradients = {"W": np.zeros_like(self.parameters["W"])}
        self.X.append(X)
        return X @ self.parameters["W"]

    def backward(self, dLdy):
        (x,) = self.X[:1]
        self.gradients["W"] += x.T @ dLdy
        return dLdy @ self.parameters["W"].T

    def flush_gradients(self):
        self.X = []
        for name in self.gradients:
            self.gradients[name] = np.zeros_like(self.gradients[name])


class WrongWaiting(Waiting):
    def backward(self, dLdy):
        (x,) = self.X[:1]
        self.gradients["W"] -= x.T @ dLdy
        return dLdy @ self.parameters["W"].T
