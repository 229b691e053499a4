"""One file per section of a digest; each turns rows into what its templates of the same name render."""

from worker.digest.sections.also import also
from worker.digest.sections.coming_up import coming_up
from worker.digest.sections.rewritten import rewritten
from worker.digest.sections.rumours import open_rumours
from worker.digest.sections.talk import talk
from worker.digest.sections.what_changed import Known, turned_stories, what_changed

__all__ = ["Known", "also", "coming_up", "open_rumours", "rewritten", "talk", "turned_stories", "what_changed"]
