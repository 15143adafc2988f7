"""`trunkline-detector`: see, make scenes, train, export, judge."""

import typer

from detector.appearance_command import appearance
from detector.bench.command import bench
from detector.detect_command import detect
from detector.evaluation.command import evaluate
from detector.training.command import export, train
from detector.training.quantise_command import quantise
from detector.training.scenes.command import scenes
from detector.training.sources.command import dataset

EITHER_HELP = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    name="trunkline-detector",
    help="See elephants in pictures and videos, and make and judge the model that does.",
    no_args_is_help=True,
    # What a person can put right is said in a sentence; a traceback means our own mistake.
    pretty_exceptions_enable=False,
    context_settings=EITHER_HELP,
)
for command in (detect, evaluate, scenes, train, export, quantise, bench):
    app.command(context_settings=EITHER_HELP)(command)
app.add_typer(dataset, name="dataset", context_settings=EITHER_HELP)
app.add_typer(appearance, name="appearance", context_settings=EITHER_HELP)
