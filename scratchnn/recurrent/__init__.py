"""Recurrent layers: one cell, step by step along a sequence."""

from scratchnn.recurrent.gru import GRU as GRU
from scratchnn.recurrent.lstm import LSTM as LSTM
from scratchnn.recurrent.rnn import RNN as RNN
