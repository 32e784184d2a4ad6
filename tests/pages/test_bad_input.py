"""What people may type, paste or put into the address, and that nothing of it breaks a page."""

import json

import pytest

from pages.text import LANGUAGES, load_text
from pages.ui import prompt
from tests.pages.conftest import PAGES, components

SENTENCES = {
    "empty": ("", "refused.empty"),
    "one token": ("a", None),
    "only spaces": ("     ", None),
    "line breaks": ("\n\n\t\n", None),
    "emoji": ("👩‍👩‍👧‍👦 🏳️‍🌈", None),
    "right to left": ("שלום עולם مرحبا", None),
    "NUL bytes": ("a\x00b\x00", None),
    "too many tokens": ("word " * 20_000, "refused.too_long"),
    "too many characters": ("x" * 200_001, "refused.too_many_characters"),
    "HTML": ("<b>bold</b> <img src=x onerror=alert(1)>", None),
    "script": ("<script>alert(1)</script>", None),
    "Markdown": ("**a** [b](http://c) $x$ :red[d] `e` {f}", None),
    "special token": ("<|im_end|>", None),
    "unassigned": ("\u0378 \ufdd0 \U000e0001", None),
}
ADDRESSES = {
    ("attention", "layer"): ["NaN", "1e999", "-1", "999", "层", ""],
    ("attention", "head"): ["NaN", "-1", "1.5", "头"],
    ("attention", "row"): ["NaN", "1e999", "-1", "999", "二", "²", "9" * 5_000, "٣"],
    ("attention", "lens"): ["Raw", "", "镜头", "<script>alert(1)</script>"],
    ("stages", "layer"): ["NaN", "-1", "999", ""],
    ("stages", "row"): ["NaN", "-1", "999", "", "²", "9" * 5_000],
    ("stages", "key"): ["NaN", "1e999", "-1", "999", "键", "²", "9" * 5_000],
    ("atlas", "sort"): ["Layer", "", "none", "tiles", "熵"],
    ("atlas", "colour"): ["layer", "", "tiles", "<script>alert(1)</script>"],
    ("atlas", "across"): ["none", "layer", "", "NaN"],
    ("atlas", "up"): ["none", "tiles", "", "熵"],
    ("atlas", "layer"): ["NaN", "-1", "999"],
    ("lines", "heads"): ["", ",", "9,9,9", "-1", "a,b", "99", "0,99", "²", "1;2", "9" * 5_000],
    ("lines", "lens"): ["Raw", "", "镜头"],
    ("lines", "row"): ["NaN", "-1", "999", "²"],
    ("lines", "layer"): ["NaN", "-1", "999"],
    ("comparison", "joint_row"): ["NaN", "-1", "999", "²"],
    ("comparison", "pinned"): ["%00", "a", "<script>alert(1)</script>", "\u0378"],
    ("wordpiece", "criterion"): ["", "Likelihood", "得分"],
    ("wordpiece", "wordpiece_corpus"): ["both", "", "样本"],
    ("wordpiece", "wordpiece_merges"): ["NaN", "0", "-5", "201", "1e999"],
    ("wordpiece", "wordpiece_merged"): ["NaN", "-1", "999", "²"],
    ("wordpiece", "wordpiece_word"): ["NaN", "-1", "99999", "词"],
    ("wordpiece", "tokenizer"): ["cl100k_base", "", "unigram"],
    ("wordpiece", "impossible"): [
        "",
        "  ",
        "x" * 5_000,
        "👩‍👩‍👧",
        "\u202e",
        "<script>alert(1)</script>",
        "[UNK]",
    ],
    ("unigram", "prompt"): ["\n", "%00", "\u0898", "<script>alert(1)</script>"],
    ("wordpiece", "prompt"): ["\u0898", "%00", "<b>"],
    ("unigram", "unigram_corpus"): ["both", "", "样本"],
    ("unigram", "unigram_size"): ["NaN", "0", "-1", "9999", "1e999"],
    ("unigram", "unigram_rounds"): ["NaN", "-1", "999", "²"],
    ("unigram", "unigram_word"): ["NaN", "-1", "99999", "词"],
    ("unigram", "smoothing"): ["NaN", "-1", "9", "1e999", "α"],
    ("unigram", "seed"): ["NaN", "-1", "1.5", "99999999", "种子"],
    ("tokens", "token"): ["-1", "NaN", "99999999999999999999"],
    ("tokens", "tokenizers"): [
        "",
        ",",
        "none",
        "Model",
        "a/b/c",
        "../x",
        "nobody/nothing",
        "词",
        "file-00000000",
        "x," * 5_000,
        "<script>alert(1)</script>",
    ],
    ("tokens", "pane"): ["", "none", "r50k_base", "格", "<script>alert(1)</script>"],
    ("tokens", "part"): ["NaN", "-1", "1", "²", "9" * 5_000],
    ("tokens", "metric"): ["Tokens", "", "cost", "数"],
    ("tokens", "price"): ["NaN", "-1", "1e999", "inf", "价"],
    ("tokens", "n_texts"): ["NaN", "0", "-1", "1.5", "1e999", "²", "9" * 5_000],
    ("decoding", "n_new"): ["NaN", "3", "61", "1e999", "多"],
    ("decoding", "step"): ["NaN", "-1", "60", "999", "²"],
    ("decoding", "written_by"): ["", "all", "头"],
    ("sampling", "rank"): ["-1", "20", "x"],
    ("sampling", "temperature"): ["NaN", "1e999", "-1", "inf", "温度"],
    ("sampling", "top_k"): ["NaN", "-1", "1.5", "1e999", "all", "９"],
    ("sampling", "top_p"): ["NaN", "-1", "2", "1e999"],
    ("sampling", "steps"): [
        "",
        "none",
        "top_p.top_p",
        "Top_k",
        "top_k,top_p",
        "温度",
        "9" * 5_000,
        "bias.repetition.presence.frequency.no_repeat_ngram.eta.epsilon.typical.min_p",
    ],
    ("draws", "steps"): ["none", "presence", "x", ".", "temperature."],
    ("draws", "n_draws"): ["NaN", "0", "-1", "10001", "1e999", "²"],
    ("draws", "seed"): ["NaN", "-1", "1000", "1.5"],
    ("draws", "draw"): ["NaN", "-1", "40", "999", "²"],
    ("temperature", "stop"): ["NaN", "-1", "26", "1e999", "²"],
    ("temperature", "odds_one"): ["", "0", "13", "tired", "²"],
    ("temperature", "odds_other"): ["NaN", "-1", "99"],
    ("key_value_cache", "cached_text"): ["Play", "", "剧"],
    ("key_value_cache", "n_before"): ["NaN", "0", "1e999", "-16"],
    ("key_value_cache", "n_timed"): ["NaN", "0", "65", "多"],
    ("repetition", "way"): ["Greedy", "", "贪心"],
    ("repetition", "penalty"): ["NaN", "0", "1e999", "-1"],
    ("repetition", "ngram"): ["NaN", "0", "7", "多"],
    ("beam_search", "world"): ["Greedy", "", "树"],
    ("beam_search", "n_beams"): ["NaN", "0", "9", "1e999"],
    ("beam_search", "n_steps"): ["NaN", "1", "13"],
    ("beam_search", "length_penalty"): ["NaN", "-1", "inf"],
    ("speculative", "manner"): ["Greedy", "", "贪心"],
    ("speculative", "n_ahead"): ["NaN", "0", "13", "1e999"],
    ("speculative", "n_speculated"): ["NaN", "19", "多"],
    ("rope", "base"): ["NaN", "0", "-1", "1e999", "底数"],
    ("rope", "which_planes"): ["Spread", "", "平面", "<script>alert(1)</script>"],
    ("rope", "position"): ["NaN", "-1", "1e999", "99999", "²", "位"],
    ("rope", "pair"): ["NaN", "-1", "999", "²"],
    ("rope", "row"): ["NaN", "-1", "999", "²"],
    ("relative", "span"): ["NaN", "0", "63", "1e999", "远"],
    ("relative", "shift"): ["NaN", "-1", "64", "999", "²"],
    ("relative", "row"): ["NaN", "-1", "999", "²"],
    ("relative", "key"): ["NaN", "-1", "999", "键", "²"],
    ("pairing", "new_base"): ["NaN", "0", "-1", "1e999", "底数"],
    ("pairing", "position"): ["NaN", "-1", "1e999", "99999", "²"],
    ("pairing", "pair"): ["NaN", "-1", "999", "²"],
    ("interpolation", "extension"): ["", "YaRN", "线性", "<script>alert(1)</script>"],
    ("interpolation", "factor"): ["NaN", "0", "-1", "1e999", "5", "倍"],
    ("interpolation", "times"): ["NaN", "0", "-1", "1e999", "5"],
    ("interpolation", "turned_pair"): ["NaN", "-1", "999", "对"],
    ("interpolation", "trained_length"): ["NaN", "0", "-1", "1e999", "9" * 5_000, "²"],
    ("interpolation", "alpha"): ["NaN", "0", "-1", "1e999", "4"],
    ("interpolation", "beta"): ["NaN", "0", "-1", "1e999"],
    ("interpolation", "ramp"): ["", "steep", "论文"],
    ("interpolation", "n_left"): ["NaN", "-1", "999"],
    ("interpolation", "digits"): ["NaN", "0", "-1", "99"],
    ("switched", "switched_to"): ["", "none", "longrope", "方法"],
    ("switched", "switched_by"): ["NaN", "0", "-1", "1e999", "5"],
    ("scaling", "d_k"): ["NaN", "3", "-1", "1e999", "宽"],
    ("scaling", "n_keys"): ["NaN", "1", "257", "1e999"],
    ("scaling", "seed"): ["NaN", "-1", "1000", "1.5"],
    ("scaling", "row"): ["NaN", "-1", "999", "²"],
    ("grouped_query", "network"): ["Llama", "", "<script>alert(1)</script>", "网络"],
    ("grouped_query", "remainder"): ["maybe", "1e999"],
    ("grouped_query", "number"): ["float8", "", "-1", "数"],
    ("grouped_query", "row"): ["NaN", "-1", "999", "²"],
    ("masks", "mask"): ["none", "", "因果", "<script>alert(1)</script>"],
    ("masks", "prefix"): ["NaN", "-1", "1e999", "999"],
    ("masks", "row"): ["NaN", "-1", "999", "²"],
    ("cross_attention", "word"): ["%00", "\x00", "two words", "猫", "<b>", "x" * 5_000, "ABC", ""],
    ("cross_attention", "cross_layer"): ["NaN", "-1", "2", "1e999"],
    ("cross_attention", "cross_head"): ["NaN", "-1", "2", "头"],
    ("cross_attention", "cross_mean"): ["maybe", "1e999"],
    ("ablation", "ablated"): ["", "L0", "L99H0", "L1H1.", "L-1H0", "L²H0", "头", "L0H0.L0H0"],
    ("ablation", "ablation_kind"): ["Mean", "", "均值", "<script>alert(1)</script>"],
    ("ablation", "rank_by"): ["", "NaN", "损失"],
    ("alibi", "alibi_heads"): ["NaN", "0", "-1", "129", "1e999", "头"],
    ("alibi", "alibi_keys"): ["NaN", "17", "-1", "1e999", ""],
    ("alibi", "alibi_scores"): ["Flat", "", "得分", "<script>alert(1)</script>"],
    ("alibi", "symmetric"): ["maybe", "1e999"],
    ("alibi", "before_scale"): ["maybe", "是"],
    ("alibi", "row"): ["NaN", "-1", "999", "²"],
    ("absolute", "pe_length"): ["NaN", "0", "513", "1e999", "长"],
    ("absolute", "pe_width"): ["NaN", "3", "-1", "1e999"],
    ("absolute", "seed"): ["NaN", "-1", "1000", "1.5"],
    ("absolute", "rotated"): ["maybe", "1e999"],
    ("absolute", "causal"): ["maybe", ""],
    ("embedding", "n_neighbours"): ["NaN", "0", "13", "-1", "1e999", "近"],
    ("embedding", "axes"): ["1", "4", "", "NaN", "三维", "<script>alert(1)</script>"],
    ("embedding", "centred"): ["maybe", "1e999"],
    ("embedding", "token"): ["NaN", "-1", "999", "²", "9" * 5_000],
    ("embedding", "words"): [
        "",
        "|",
        "|||",
        " ",
        "%00",
        "\x00",
        "<b>",
        "x" * 5_000,
        "\u0378",
        "👩‍👩‍👧‍👦|猫|שלום",
    ],
    ("race", "corpus"): ["", "Both", "语料", "<script>alert(1)</script>"],
    ("race", "race_length"): ["NaN", "0", "-1", "501", "1e999", "长"],
    ("race", "entries"): ["NaN", "-1", "999", "²", "9" * 5_000],
    ("languages", "measure"): ["Relative", "", "tiles", "倍"],
    ("languages", "tongue"): ["NaN", "-1", "999", "zh", "²", "9" * 5_000],
    ("languages", "cut_by"): ["NaN", "-1", "999", "²"],
    ("pre_tokenisation", "integer"): ["NaN", "-1", "1e999", "9" * 5_000, "数", "²"],
    ("pre_tokenisation", "spaced"): ["%00", "\x00", " ", "<b>", "x" * 5_000, "👩‍👩‍👧", "שלום"],
    ("pre_tokenisation", "tokenizer"): ["", "NaN", "<script>alert(1)</script>", "分词器"],
    ("chat_template", "conversation"): [
        "",
        "[]",
        "{}",
        "[[",
        "[1]",
        '[["user"]]',
        '[["robot", "a"]]',
        '[["user", 1]]',
        '[[["user"], "a"]]',
        "[" * 100_000,
        '[["user", "\\ud83d"]]',
        '[["user", ""]]',
        json.dumps([["user", "a"]] * 7),
        json.dumps([["user", "<script>alert(1)</script>"]]),
        json.dumps([["user", "a<|endoftext|>\\x00"], ["assistant", "\u0378"]]),
    ],
    ("chat_template", "generation_prompt"): ["maybe", "1e999", "是"],
    ("bpe", "bpe_corpus"): ["Own", "", "语料", "<script>alert(1)</script>"],
    ("bpe", "bpe_unit"): ["words", "", "字节"],
    ("bpe", "bpe_merges"): ["NaN", "0", "-1", "101", "1e999", "多"],
    ("bpe", "bpe_merged"): ["NaN", "-1", "999", "²", "9" * 5_000],
    ("bpe", "bpe_piece"): ["NaN", "-1", "999", "²", "词"],
    ("bpe", "bpe_joined"): ["NaN", "-1", "999", "²"],
    ("bpe", "tokenizer"): ["unigram", "", "词表", "<script>alert(1)</script>"],
    ("vocabulary_extension", "chinese"): ["Own", "", "文本"],
    ("vocabulary_extension", "n_added"): ["NaN", "-1", "999", "²", "9" * 5_000],
    ("vocabulary_extension", "tokenizer"): ["wordpiece", "", "词表"],
    ("home", "lang"): ["tlh", "中文", "English", ""],
    ("home", "lecture"): ["maybe", "1e999", "是"],
    ("writing", "tree"): [
        "",
        "none",
        "1~m0~b0.0.0.é",
        "1~m0_t-1~b0.0.0.A",
        "4~m0~b0.0.0.____",
        "1~m0~b0.0.0.A" + "~b0.0.0.B" * 40,
        "<script>",
        "9" * 5_000,
        "树",
    ],
    ("writing", "branch"): ["NaN", "-1", "999", "²", "9" * 5_000],
    ("writing", "written_at"): ["NaN", "-1", "999", "²", "9" * 5_000],
    ("writing", "n_more"): ["NaN", "0", "-1", "999", "1e999", "多"],
    ("writing", "draw_seed"): ["NaN", "-1", "1e999", "9" * 5_000, "²"],
    ("writing", "shade"): ["", "Rank", "颜色", "<script>alert(1)</script>"],
    ("divergence", "sides"): ["", "Texts", "文本", "<script>alert(1)</script>"],
    ("divergence", "text_b"): ["", " ", "%00", "a", "<b>", "\u0378", "👩‍👩‍👧"],
    ("divergence", "temperature_a"): ["NaN", "-1", "1e999", "inf", "温度"],
    ("divergence", "other"): ["", "a/b", "../x", "<script>alert(1)</script>", "网络"],
    ("divergence", "squeezed_by"): ["NaN", "0", "9", "1e999"],
    ("divergence", "aligned"): ["NaN", "-1", "999", "²", "9" * 5_000],
    ("surprisal", "prompt"): ["%00", "\x00", "<script>alert(1)</script>"],
    ("surprisal", "read_from"): ["", "Play", "剧", "<script>alert(1)</script>"],
    ("surprisal", "tint"): ["", "probability", "Bits", "颜色"],
    ("surprisal", "guessed"): ["NaN", "-1", "0", "999", "²", "9" * 5_000],
    ("surprisal", "leaf"): ["NaN", "-1", "1", "²", "9" * 5_000],
    ("surprisal", "bits_width"): ["NaN", "0", "-1", "9999", "1e999"],
    ("perplexity", "rare"): ["NaN", "-1", "999", "²", "9" * 5_000],
    ("perplexity", "rare_stop"): ["NaN", "-1", "22", "∞", "1e999"],
    ("perplexity", "other_texts"): [
        "",
        " \n ",
        "%00",
        "a",
        "<script>alert(1)</script>",
        "a\n" * 20,
    ],
    ("bits_per_byte", "measured_text"): ["Play", "", "剧本"],
    ("sliding_window", "slid_text"): ["Play", "", "<script>alert(1)</script>"],
    ("sliding_window", "slid_width"): ["NaN", "0", "-16", "17", "1e999", "宽"],
    ("sliding_window", "slid_stride"): ["NaN", "0", "2000", "1e999"],
    ("sliding_window", "slid_most"): ["NaN", "0", "99999", "1e999"],
    ("entropy", "p_of"): ["", "Coin", "硬币", "<script>alert(1)</script>"],
    ("entropy", "info_unit"): ["", "dits", "比特"],
    ("entropy", "p_coin"): [
        "",
        ",",
        "nan",
        "1e999",
        "-1,2",
        "0,0",
        "1," * 5_000,
        "一半",
        "1/0",
        "0.5;x",
        "1e6,1e-9",
    ],
    ("entropy", "q_coin_2"): ["", "1", "1,2,3", "0,0", "NaN,1", "inf,1"],
    ("softmax", "z_of"): ["", "Own", "模型"],
    ("softmax", "z_own"): ["", "1", "nan,1", "1e999,0", "99,0", "1,2,3,4,5,6,7,8,9", "一,二"],
    ("softmax", "answer"): ["NaN", "-1", "4", "9" * 5_000, "²", "A"],
    ("softmax", "learning_rate"): ["NaN", "0", "-1", "1e999", "率"],
    ("softmax", "descent_step"): ["NaN", "-1", "41", "²", "9" * 5_000],
    ("home", "unknown"): ["1"],
    ("cross_entropy", "logits"): [
        "",
        ";",
        "1",
        "1,2;3",
        "nan,1",
        "1e999,0",
        "51,0",
        "1,2,3,4,5,6,7,8,9",
        "1,2;" * 7,
        "一,二",
        "[[1,2],[3,4]]",
        "1," * 5_000,
        "<script>alert(1)</script>",
    ],
    ("cross_entropy", "labels"): ["", "9", "-1", "1.5", "nan", "0", "2,0,1,2,0,1,2", "签", "1e999"],
    ("cross_entropy", "loss_sample"): ["NaN", "-1", "2", "²", "9" * 5_000],
    ("cross_entropy", "reduction"): ["", "Mean", "max", "平均"],
    ("cross_entropy", "label_smoothing"): ["NaN", "-1", "2", "1e999", "ε"],
    ("cross_entropy", "class_weights"): ["", "1,2", "-1,1,1", "inf,1,1", "0,0,0", "重"],
    ("self_supervision", "n_given"): ["NaN", "-1", "999", "²", "9" * 5_000],
    ("self_supervision", "first_pair"): ["NaN", "-1", "999", "8", "对"],
    ("self_supervision", "masked_share"): ["NaN", "0", "2", "1e999"],
    ("self_supervision", "row_width"): ["NaN", "0", "33", "1e999", "宽"],
}


# Pages that cut the sentence without running it, so it can be longer; and those that never read it.
ONLY_CUTS = {
    "bpe",
    "languages",
    "pre_tokenisation",
    "tokens",
    "unigram",
    "vocabulary_extension",
    "wordpiece",
}
READS_BEGINNING = {"surprisal"}  # of a text of any length; the rest when it is asked to
READS_NONE = {"chat_template"}
NEED_TWO_TOKENS = {"surprisal", "perplexity", "bits_per_byte", "self_supervision"}
NOTHING_IN_SPACES = {"wordpiece"}  # whose words are without them


def problems_said(app):
    return [element.value for element in app.warning] + [element.value for element in app.error]


# What is refused is said in words, so in both languages; the rest only has to be drawn.
CASES = [
    (kind, language)
    for kind, (_, refusal) in SENTENCES.items()
    for language in (LANGUAGES if refusal else ["en"])
]


@pytest.mark.parametrize("topic", PAGES)
@pytest.mark.parametrize(("kind", "language"), CASES)
def test_any_sentence_gets_a_figure_or_a_sentence(live, open_app, kind, topic, language):
    sentence, refusal = SENTENCES[kind]
    if topic in READS_NONE or (topic in ONLY_CUTS | READS_BEGINNING and kind == "too many tokens"):
        refusal = None
    if topic in NOTHING_IN_SPACES and not sentence.strip():
        refusal = "refused.empty"
    app = open_app(topic, sentence, lang=language)
    assert not app.exception
    assert components(app, "glassbox_stage"), "an empty page"
    if refusal:
        start = load_text(topic, language)(refusal).split("{")[0]
        assert any(start in words for words in problems_said(app))
    elif topic not in NEED_TWO_TOKENS:
        assert problems_said(app) == []
    assert app.session_state["prompt"] == sentence, "the text was lost"


PLACES = [(*place, value) for place, values in ADDRESSES.items() for value in values]


# The languages take turns: what is read from an address does not depend on them.
@pytest.mark.parametrize(
    ("topic", "name", "value", "language"),
    [(*place, list(LANGUAGES)[n % len(LANGUAGES)]) for n, place in enumerate(PLACES)],
)
def test_any_address_opens_a_page(live, open_app, topic, name, value, language):
    app = open_app(topic, **{"lang": language, name: value})
    assert not app.exception
    assert components(app, "glassbox_stage")
    if name != "prompt":
        assert problems_said(app) == []


@pytest.mark.parametrize("kind", ["prefix", "window", "padding", "cache"])
@pytest.mark.parametrize("size", ["NaN", "-1", "0", "1", "999", "1e999", "", "宽"])
def test_a_mask_of_any_size_opens_the_page(live, open_app, kind, size):
    app = open_app("masks", **{"lang": "en", "mask": kind, kind: size, "prompt": "one two three"})
    assert not app.exception
    assert components(app, "glassbox_stage")
    assert problems_said(app) == []


STAGES = {
    "bias": ["NaN", "-21", "inf"],
    "repetition": ["NaN", "0", "-1", "1e999", "罚"],
    "presence": ["NaN", "3", "-inf"],
    "frequency": ["NaN", "-3", ""],
    "no_repeat_ngram": ["NaN", "0", "1.5", "7"],
    "min_p": ["NaN", "-1", "2"],
    "typical": ["NaN", "-1", "1.1", "9" * 5_000],
    "epsilon": ["NaN", "-1", "1"],
    "eta": ["NaN", "-1", "1", "²"],
}


@pytest.mark.parametrize(
    ("stage", "value"), [(stage, value) for stage, values in STAGES.items() for value in values]
)
def test_a_stage_of_any_value_opens_the_page(live, open_app, stage, value):
    app = open_app("sampling", **{"lang": "en", "steps": f"{stage}.top_p", stage: value})
    assert not app.exception
    assert components(app, "glassbox_stage")
    assert problems_said(app) == []


@pytest.mark.parametrize("n_written", ["NaN", "-1", "999", "0", "2"])
@pytest.mark.parametrize("biased", ["", "% $x$ `a` <b>", "\u0378 \ufdd0", "x" * 500, "{n} ␣␣"])
def test_any_tokens_to_bias_open_the_page(live, open_app, n_written, biased):
    view = {"steps": "bias.frequency", "biased": biased, "n_written": n_written}
    app = open_app("sampling", lang="en", **view)
    assert not app.exception
    assert problems_said(app) == []


WORDS = {"": "empty", "  ": "empty", "two words": "not_letters", "x" * 13: "too_long"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("word", WORDS)
def test_a_word_that_cannot_be_written_is_told_so(live, open_app, word, language):
    app = open_app("cross_attention", lang=language)
    app.text_input(key="word").set_value(word).run()
    assert not app.exception
    text = load_text("cross_attention", language)
    said = text(f"problem.{WORDS[word]}", longest=12, n_letters=len(word), shown="stressed")
    assert [element.value for element in app.info] == [said]
    assert any("stressed" in element.value for element in app.subheader)


VIEW_FILES = {
    "nothing": "",
    "no JSON": "{",
    "another JSON": "[1, 2]",
    "a number for a text": '{"prompt": 1, "page": "home", "address": {}}',
    "half a character": '{"prompt": "\\ud83d", "page": "home", "address": {}}',
    "a list for an address": '{"prompt": "a", "page": "home", "address": {"layer": ["1"]}}',
}


@pytest.mark.parametrize("kind", VIEW_FILES)
def test_a_file_that_is_no_view_is_refused(kind):
    with pytest.raises(ValueError):
        prompt.read_view(VIEW_FILES[kind])


@pytest.mark.parametrize("words", ["a b", "x" * 100_000, "<script>", "\x00", "换行\n"])
def test_a_view_file_brings_any_text_back(words):
    file = json.dumps({"prompt": words, "page": "home", "address": {"lang": "zh"}})
    assert prompt.read_view(file) == (words, "home", {"lang": "zh"})
