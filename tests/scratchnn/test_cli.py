"""python -m scratchnn trains, reproduces, and refuses in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from torch.testing import assert_close
from typer.testing import CliRunner

from scratchnn import cli, load
from scratchnn.errors import ScratchError
from scratchnn.recipes import BESIDE, RECIPES, xor


def invoke(*arguments: str) -> tuple[int, str]:
    """Run the command line; return its exit code and what it printed."""
    result = CliRunner().invoke(cli.app, arguments)
    return result.exit_code, result.output


def test_every_recipe_is_listed() -> None:
    """By the name that `train` takes."""
    code, text = invoke("list")
    assert code == 0
    assert all(name in text for name in (*RECIPES, *BESIDE))


def test_training_prints_every_epoch_and_the_counts() -> None:
    """The same lines for the same seed."""
    code, text = invoke("train", "perceptron")
    assert code == 0
    assert text.count("epoch ") == 200
    assert "test points inside:  " in text
    assert invoke("train", "perceptron") == (code, text)


def test_a_checkpoint_holds_the_trained_weights(tmp_path: Path) -> None:
    """They are those that the recipe has after its epochs; the folder is made."""
    path = tmp_path / "new" / "xor.safetensors"
    code, text = invoke("train", "xor", "--checkpoint", str(path))
    assert code == 0
    assert "saved: " in text
    trained, restored = xor.start(seed=0), xor.start(seed=1)
    list(xor.train(trained))
    load(path, restored.model)
    assert_close(restored.model.state_dict(), trained.model.state_dict(), rtol=0, atol=0)


@pytest.mark.parametrize("option", ["--plot", "--checkpoint"])
def test_what_cannot_be_written_is_refused_before_the_training(option: str, tmp_path: Path) -> None:
    """No epoch is printed and then lost."""
    (tmp_path / "file").touch()
    for name, reason in ((".", "is a folder"), ("file/weights", "cannot be written")):
        result = CliRunner().invoke(cli.app, ["train", "xor", option, str(tmp_path / name)])
        assert isinstance(result.exception, ScratchError)
        assert reason in str(result.exception)
        assert not result.output


def test_a_recipe_that_is_none_is_refused_with_the_names() -> None:
    """Exit code 2, as for any mistyped command."""
    code, text = invoke("train", "mytorhc")
    assert code == 2
    assert "mytorch" in text


def test_reproducing_writes_the_table_and_the_pictures(tmp_path: Path) -> None:
    """From processes of their own."""
    code, text = invoke("reproduce", "perceptron", "--runs", "2", "--out", str(tmp_path))
    assert code == 0
    assert "below 100" in text
    assert (tmp_path / "recipes" / "perceptron.png").is_file()
    table = (tmp_path / "recipes.md").read_text(encoding="utf-8")
    assert "| perceptron | right at best, % | below 100 |" in table


def test_a_refusal_of_the_framework_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback: the error says what is wrong."""

    def refuse() -> None:
        raise ScratchError("the plot cannot be drawn")

    monkeypatch.setattr(cli, "app", refuse)
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
    assert capsys.readouterr().err == "the plot cannot be drawn\n"
