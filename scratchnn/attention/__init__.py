"""Attention: every place of a sequence looks at all others."""

from scratchnn.attention.encoder import TransformerEncoderLayer as TransformerEncoderLayer
from scratchnn.attention.multihead import MultiheadAttention as MultiheadAttention
