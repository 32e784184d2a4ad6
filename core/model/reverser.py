"""Trains the network that writes words backwards: `python -m core.model.reverser`.

An encoder and a decoder after Vaswani et al. 2017, small enough to be trained in minutes on two
cores. Its data are random strings, made here from a seed. It is built of PyTorch's own attention,
so that the forward pass in `core/cross_attention.py` has something to be held against.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy import ndarray
from torch import Tensor, nn
from torch.nn import functional

from core.model import reverser_weights
from core.model.reverser_weights import END, FILE, LETTERS, LONGEST, START

PADDING = -100  # what PyTorch's cross-entropy leaves out
LENGTH = LONGEST + 1  # positions: the letters and the end, or the start and the letters


@dataclass(frozen=True)
class Settings:
    """Everything that the weights depend on."""

    n_layers: int = 2
    n_heads: int = 2
    d_model: int = 32
    d_inner: int = 64
    n_steps: int = 6_000
    n_strings: int = 256  # in one step
    repetitive: float = 0.4  # share of strings of few different letters
    learning_rate: float = 4e-3  # at its highest, a twentieth of the way in
    weight_decay: float = 0.01
    n_held_out: int = 10_000
    shortest_held_out: int = 4  # shorter strings are too few to be kept apart
    seed: int = 7


@dataclass(frozen=True, eq=False)
class Strings:
    """Random strings as the network takes them; positions after the end hold the end as well."""

    lengths: Int[ndarray, " string"]
    read: Int[ndarray, "string position"]  # letters, then the end
    given: Int[ndarray, "string position"]  # the start, then the letters backwards
    expected: Int[ndarray, "string position"]  # the letters backwards, then the end, then PADDING


def random_strings(
    rng: np.random.Generator, count: int, shortest: int = 1, repetitive: float = 0.0
) -> Strings:
    """Strings of all lengths from the shortest on alike, every letter alike.

    A share of them, `repetitive`, is made of three letters at most: where neighbours differ a
    letter can be found by its neighbour, in "aaaa" only by its position.
    """
    lengths = rng.integers(shortest, LONGEST + 1, size=count)
    letters = rng.integers(len(LETTERS), size=(count, LENGTH))
    n_sources = rng.integers(1, 4, size=(count, 1))
    sources = rng.integers(n_sources, size=(count, LENGTH))
    is_repetitive = rng.random((count, 1)) < repetitive
    letters = np.where(is_repetitive, np.take_along_axis(letters, sources, axis=1), letters)
    places = np.arange(LENGTH)
    inside = places < lengths[:, None]
    read = np.where(inside, letters, END)
    mirrored = np.where(inside, lengths[:, None] - 1 - places, places)
    backwards = np.take_along_axis(read, mirrored, axis=1)
    given = np.concatenate([np.full((count, 1), START), backwards[:, :-1]], axis=1)
    expected = np.where(places <= lengths[:, None], backwards, PADDING)
    return Strings(lengths, read, given, expected)


def held_out_strings(rng: np.random.Generator, settings: Settings) -> Strings:
    """Strings that are kept out of the training, the first ones that the seed gives."""
    return random_strings(rng, settings.n_held_out, settings.shortest_held_out)


def names(strings: Strings) -> Int[ndarray, " string"]:
    """One number for each string, the same for equal ones only."""
    return strings.read.astype(np.int64) @ (END + 1) ** np.arange(LENGTH, dtype=np.int64)[::-1]


class EncoderLayer(nn.Module):
    """Self-attention both ways, then the feed-forward part."""

    def __init__(self, settings: Settings):
        super().__init__()
        self.attention = Looking(settings)
        self.feed_forward = FeedForward(settings)

    def forward(self, x: Tensor, is_blank: Tensor | None) -> tuple[Tensor, Tensor]:
        """The next state and the attention weights."""
        inside = self.attention.norm(x)
        taken, weights = self.attention(inside, inside, is_blank=is_blank)
        x = x + taken
        return x + self.feed_forward(x), weights


class DecoderLayer(nn.Module):
    """Causal self-attention, cross attention, then the feed-forward part."""

    def __init__(self, settings: Settings):
        super().__init__()
        self.attention = Looking(settings)
        self.cross = Looking(settings)
        self.feed_forward = FeedForward(settings)

    def forward(
        self, x: Tensor, encoded: Tensor, is_blank: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The next state, the weights over what is written, and those over the input."""
        inside = self.attention.norm(x)
        later = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        taken, weights = self.attention(inside, inside, is_forbidden=later)
        x = x + taken
        taken, cross_weights = self.cross(self.cross.norm(x), encoded, is_blank=is_blank)
        x = x + taken
        return x + self.feed_forward(x), weights, cross_weights


class Looking(nn.Module):
    """PyTorch's attention without biases, with the layer norm that stands before it."""

    def __init__(self, settings: Settings):
        super().__init__()
        self.norm = nn.LayerNorm(settings.d_model, bias=False)
        self.inner = nn.MultiheadAttention(
            settings.d_model, settings.n_heads, bias=False, batch_first=True
        )

    def forward(
        self,
        asking: Tensor,
        asked: Tensor,
        is_blank: Tensor | None = None,
        is_forbidden: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """What is taken, and each head's weights."""
        return self.inner(
            asking,
            asked,
            asked,
            key_padding_mask=is_blank,
            attn_mask=is_forbidden,
            average_attn_weights=False,
        )


class FeedForward(nn.Module):
    """Two linear maps with a ReLU between them."""

    def __init__(self, settings: Settings):
        super().__init__()
        self.norm = nn.LayerNorm(settings.d_model, bias=False)
        self.up = nn.Linear(settings.d_model, settings.d_inner, bias=False)
        self.down = nn.Linear(settings.d_inner, settings.d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """What is added to each position."""
        return self.down(torch.relu(self.up(self.norm(x))))


class Reverser(nn.Module):
    """The whole network."""

    def __init__(self, settings: Settings):
        super().__init__()
        self.letters = nn.Embedding(END + 1, settings.d_model)
        self.encoder_positions = nn.Embedding(LENGTH, settings.d_model)
        self.decoder_positions = nn.Embedding(LENGTH, settings.d_model)
        self.encoder = nn.ModuleList(EncoderLayer(settings) for _ in range(settings.n_layers))
        self.decoder = nn.ModuleList(DecoderLayer(settings) for _ in range(settings.n_layers))
        self.encoder_norm = nn.LayerNorm(settings.d_model, bias=False)
        self.decoder_norm = nn.LayerNorm(settings.d_model, bias=False)
        for table in (self.letters, self.encoder_positions, self.decoder_positions):
            nn.init.normal_(table.weight, std=settings.d_model**-0.5)

    def forward(
        self, read: Tensor, given: Tensor, is_blank: Tensor | None = None
    ) -> tuple[Tensor, list[Tensor], list[Tensor], list[Tensor]]:
        """Logits after each given token; weights of the encoder, of the decoder, and across."""
        x = self.letters(read) + self.encoder_positions.weight[: read.shape[1]]
        maps, self_maps, cross_maps = [], [], []
        for layer in self.encoder:
            x, weights = layer(x, is_blank)
            maps.append(weights)
        encoded = self.encoder_norm(x)
        x = self.letters(given) + self.decoder_positions.weight[: given.shape[1]]
        for layer in self.decoder:
            x, weights, cross_weights = layer(x, encoded, is_blank)
            self_maps.append(weights)
            cross_maps.append(cross_weights)
        return self.decoder_norm(x) @ self.letters.weight.T, maps, self_maps, cross_maps


def train(settings: Settings, report_every: int = 0) -> tuple[Reverser, list[float], Strings]:
    """The trained network, its loss at each step in nats, and the strings that it never saw."""
    rng = np.random.default_rng(settings.seed)
    held_out = held_out_strings(rng, settings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        network = Reverser(settings)
    optimiser = torch.optim.AdamW(
        network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.learning_rate, total_steps=settings.n_steps, pct_start=0.05
    )
    losses = []
    for step in range(1, settings.n_steps + 1):
        strings = random_strings(rng, settings.n_strings, repetitive=settings.repetitive)
        logits = network(*tensors(strings))[0]
        expected = strings.expected.copy()
        expected[np.isin(names(strings), names(held_out))] = PADDING
        loss = functional.cross_entropy(logits.flatten(0, 1), torch.tensor(expected).flatten())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if report_every and step % report_every == 0:
            sys.stdout.write(f"{step}: {np.mean(losses[-report_every:]):.5f} nats\n")
            sys.stdout.flush()
    return network.eval(), losses, held_out


def tensors(strings: Strings) -> tuple[Tensor, Tensor, Tensor]:
    """What `Reverser` takes: the input, the output so far, and where the input is blank."""
    is_blank = np.arange(LENGTH) > strings.lengths[:, None]
    return torch.tensor(strings.read), torch.tensor(strings.given), torch.tensor(is_blank)


def are_right(network: Reverser, strings: Strings) -> Bool[ndarray, " string"]:
    """Which strings come out right from the first letter to the end, each letter the likeliest.

    Given the right letters so far: a string whose letters are all the likeliest after the right
    ones is also what the network writes by itself, and a string with a wrong one is not.
    """
    with torch.no_grad():
        likeliest = network(*tensors(strings))[0].argmax(dim=-1).numpy()
    return ((likeliest == strings.expected) | (strings.expected == PADDING)).all(axis=1)


def arrays_of(network: Reverser) -> dict[str, Float[ndarray, "..."]]:
    """The weights under the names of `core/model/reverser_weights.py`, to be multiplied as x·W."""
    arrays = {}
    for name, tensor in network.state_dict().items():
        array = tensor.numpy().astype(np.float32)
        if name.endswith("in_proj_weight"):
            place = name.removesuffix("inner.in_proj_weight")
            for part, matrix in zip(("query", "key", "value"), np.split(array, 3), strict=True):
                arrays[place + part] = matrix.T
        elif name.endswith("out_proj.weight"):
            arrays[name.replace("inner.out_proj.weight", "output")] = array.T
        else:
            is_linear = name.endswith(("up.weight", "down.weight"))
            arrays[name.removesuffix(".weight")] = array.T if is_linear else array
    return arrays


def rebuilt(weights: reverser_weights.Network) -> Reverser:
    """The network of PyTorch's parts with the weights of the file: `arrays_of` turned round."""
    shape = Settings(
        n_layers=len(weights.encoder),
        n_heads=weights.n_heads,
        d_model=weights.letters.shape[1],
        d_inner=weights.encoder[0].feed_forward.up.shape[1],
    )
    tables = ("letters", "encoder_positions", "decoder_positions", "encoder_norm", "decoder_norm")
    state = {f"{table}.weight": getattr(weights, table) for table in tables}
    for stack in ("encoder", "decoder"):
        for place, layer in enumerate(getattr(weights, stack)):
            for part, learned in vars(layer).items():
                prefix = f"{stack}.{place}.{part}"
                state |= {f"{prefix}.{name}": array for name, array in _state(learned).items()}
    network = Reverser(shape)
    network.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
    return network.eval()


def save(network: Reverser, settings: Settings, accuracy: float, file: Path = FILE) -> None:
    """Write a network into a file that `reverser_weights.load` reads."""
    about = {
        "n_layers": settings.n_layers,
        "n_heads": settings.n_heads,
        "n_held_out": settings.n_held_out,
        "accuracy": accuracy,
    }
    np.savez_compressed(file, **arrays_of(network), **about)


def _state(
    learned: reverser_weights.Attention | reverser_weights.FeedForward,
) -> dict[str, Float[ndarray, "..."]]:
    norm = {"norm.weight": learned.norm}
    if isinstance(learned, reverser_weights.Attention):
        inward = np.concatenate([learned.query.T, learned.key.T, learned.value.T])
        outward = learned.output.T
        return norm | {"inner.in_proj_weight": inward, "inner.out_proj.weight": outward}
    return norm | {"up.weight": learned.up.T, "down.weight": learned.down.T}


def main(file: Path = FILE) -> None:
    """Train the network, say how many held-out strings it gets right, and write the file."""
    torch.set_num_threads(1)  # the tensors are so small that a second core would mostly wait
    settings = Settings()
    network, _, held_out = train(settings, report_every=500)
    accuracy = float(are_right(network, held_out).mean())
    save(network, settings, accuracy, file)
    sys.stdout.write(
        f"{accuracy:.2%} of {settings.n_held_out:,} held-out strings are right.\n"
        f"{file}: {file.stat().st_size / 1e3:.0f} kB\n"
    )


if __name__ == "__main__":
    main()
