"""Make the spoken clips of `mobile_push/clips.py`: `make clips` (needs espeak-ng and ffmpeg).

A voice counts only if it can read its language: one that falls into English letters, or finds no
vowel in a word, would say something that nobody understands at the worst moment. What each file
says is written down beside them, so that a test knows when a phrase has changed under its clip.
"""

import hashlib
import json
import re
import shutil
import subprocess
import unicodedata
from pathlib import Path

from mobile_push.clips import FOLDER, SAYS, clip_words

MADE = Path(__file__).parent / "clips_made.json"
LANGUAGES = Path(__file__).parent / "languages.json"
PROGRAM = "espeak-ng"
# Which of its voices reads which language. Its plain `cmn` reads Chinese by English letters.
VOICES = {
    "en": "en-gb",
    "zh-CN": "cmn-latn-pinyin",
    "hi": "hi",
    "si": "si",
    "th": "th",
    "ta": "ta",
    "lo": "lo",
    "my": "my",
}
WORDS_A_MINUTE = 160
# What a telephone carries: every phone's browser and every gateway plays it, one kilobyte a second.
SOUND = ["-ac", "1", "-ar", "8000", "-c:a", "libmp3lame", "-b:a", "8k", "-cutoff", "3600"]
LOUD = (
    "silenceremove=start_periods=1:start_threshold=-50dB,areverse,"
    "silenceremove=start_periods=1:start_threshold=-50dB,areverse,"
    "highpass=f=150,lowpass=f=3600,acompressor=threshold=-20dB:ratio=4:makeup=4,"
    "volume=9dB,alimiter=limit=0.85:level=0"
)
_IPA_VOWELS = frozenset("aeiouyæøœɐɑɒɔəɘɚɛɜɝɞɤɨɪʉɯʊʌʏɵɶ")


class UnspeakableError(RuntimeError):
    """The program cannot say this; the text says why."""


def check_speakable(voice: str, words: str) -> None:
    """Let a program that reads letters instead of words say nothing.

    Raises:
        UnspeakableError: there is no such voice, or it cannot read the words.
    """
    command = [PROGRAM, "-q", "--ipa", "-v", voice, words]
    told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if told.returncode != 0 or told.stderr.strip():
        raise UnspeakableError(told.stderr.strip() or f"{PROGRAM} ended with {told.returncode}")
    if problem := problem_of(told.stdout):
        raise UnspeakableError(problem)


def problem_of(ipa: str) -> str | None:
    """Say what is wrong with a reading in phonetic signs; None if it can be speech."""
    if "(" in ipa:
        return f"it falls into another language: {ipa.split(maxsplit=1)[0]}"
    for word in ipa.split():
        signs = unicodedata.normalize("NFD", re.sub(r"[\d_|ˈˌː]", "", word))
        if signs and not _IPA_VOWELS.intersection(signs):
            return f"it reads a word without a vowel: {word}"
    return None if ipa.strip() else "it reads nothing"


def make_clip(voice: str, words: str, path: Path, title: str) -> None:
    """Speak, make it as loud as a telephone allows, and keep it as MP3."""
    speak = [PROGRAM, "-v", voice, "-s", str(WORDS_A_MINUTE), "--stdout", words]
    speech = subprocess.run(speak, capture_output=True, check=True).stdout  # noqa: S603
    marks = ["-map_metadata", "-1", "-metadata", f"title={title}", "-id3v2_version", "3"]
    exact = ["-fflags", "+bitexact", "-flags:a", "+bitexact"]
    path.parent.mkdir(parents=True, exist_ok=True)
    read = ["-y", "-v", "error", "-f", "wav", "-i", "-", "-af", LOUD]
    encode = ["ffmpeg", *read, *SOUND, "-write_xing", "0", *marks, *exact, str(path)]
    subprocess.run(encode, input=speech, check=True)  # noqa: S603


def make_language(language: str) -> dict[str, dict[str, str]]:
    """Make all clips of a language, or none; return what each says and its SHA-256.

    Raises:
        UnspeakableError: the program cannot read one of them.
    """
    said = {clip: clip_words(language, clip) for clip in SAYS}
    for words in said.values():
        check_speakable(VOICES[language], words)
    made = {}
    for clip, words in said.items():
        path = FOLDER / language / f"{clip}.mp3"
        make_clip(VOICES[language], words, path, f"Spoken by a machine ({PROGRAM})")
        made[clip] = {"says": words, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    return made


def main() -> None:
    """Make what can be made; say of every language how it went."""
    if shutil.which(PROGRAM) is None or shutil.which("ffmpeg") is None:
        raise SystemExit("try: apt install espeak-ng ffmpeg")
    known = json.loads(LANGUAGES.read_text("utf-8"))
    made = {}
    for language, entry in known.items():
        if entry["spoken_by"] not in (None, PROGRAM):
            print(f"{language}: a person has spoken it, left as it is")
            continue
        shutil.rmtree(FOLDER / language, ignore_errors=True)
        try:
            made[language] = make_language(language)
        except UnspeakableError as error:
            print(f"{language}: none. {error}")
        else:
            size = sum(path.stat().st_size for path in (FOLDER / language).iterdir())
            print(f"{language}: {len(made[language])} clips, {size / 1000:.1f} kB")
        entry["spoken_by"] = PROGRAM if language in made else None
    MADE.write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", "utf-8")
    lines = [
        f'  "{name}": {json.dumps(entry, ensure_ascii=False)}' for name, entry in known.items()
    ]
    LANGUAGES.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
