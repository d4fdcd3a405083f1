"""What is asked of each chat model: what it was measured to be able to do, unless the person wants otherwise."""

from __future__ import annotations

import msgspec

from app.base.aptitude import Aptitude, Profile
from app.base.models import ModelInfo
from app.base.settings import ModelEntry, RemoteEntry, Settings, SettingsFile
from app.store.measurements import Measurements, identify

UNMEASURED: Profile = "full"
"""What is asked of a model before it was measured; a turn in which that is too much goes on with less."""


class Aptitudes:
    """The aptitude and the profile of each model. Thread-safe."""

    def __init__(self, settings: SettingsFile, measurements: Measurements) -> None:
        self._settings = settings
        self._measurements = measurements

    def of(self, entry: ModelEntry | RemoteEntry) -> Aptitude | None:
        """What was measured of a model, with its file as it is; None if nothing was."""
        return self._measurements.aptitude(identity_of(entry))

    def profile(self, entry: ModelEntry | RemoteEntry) -> Profile:
        """What is asked of a model."""
        if entry.profile:
            return entry.profile
        aptitude = self.of(entry)
        return aptitude.profile if aptitude is not None else UNMEASURED

    def keep(self, entry: ModelEntry | RemoteEntry, aptitude: Aptitude) -> None:
        """Keep what was measured of a model, if its file is still there."""
        identity = identity_of(entry)
        if identity:
            self._measurements.keep_aptitude(identity, aptitude)

    def described(self, info: ModelInfo, entry: ModelEntry | RemoteEntry) -> ModelInfo:
        """What a list tells of a model, with its aptitude."""
        return msgspec.structs.replace(
            info, aptitude=self.of(entry), profile=self.profile(entry), set_by_person=bool(entry.profile)
        )

    def set_profile(self, name: str, profile: Profile | None) -> None:
        """Have so much asked of an added or a remote model; None: as measured. Raises Problem settings.*."""

        def edit(settings: Settings) -> Settings:
            wanted = profile or ""
            models = tuple(
                msgspec.structs.replace(one, profile=wanted) if one.name == name else one for one in settings.models
            )
            remotes = tuple(
                msgspec.structs.replace(one, profile=wanted) if one.name == name else one for one in settings.remotes
            )
            return msgspec.structs.replace(settings, models=models, remotes=remotes)

        self._settings.change(edit)


def identity_of(entry: ModelEntry | RemoteEntry) -> str:
    """Under which name measurements of a model are kept; "" if its file cannot be read."""
    return f"{entry.url} {entry.model}" if isinstance(entry, RemoteEntry) else identify(entry.path)
