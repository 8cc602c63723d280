"""Why a backup is not made, not believed or not restored."""

from opsdesk.kernel.refusal import Refusal, gettext_noop


class TargetExists(Refusal):
    message = gettext_noop("%(path)s is there already. A backup overwrites nothing: name another file.")


class NoSuchFolder(Refusal):
    message = gettext_noop("There is no folder %(path)s to put the backup into.")


class NoSuchBackup(Refusal):
    message = gettext_noop("There is no backup at %(path)s.")


class NotWritten(Refusal):
    message = gettext_noop("The backup was not made, and nothing is left of it: %(problem)s.")


class NotUnpacked(Refusal):
    message = gettext_noop("The backup could not be unpacked (%(problem)s). Nothing was changed.")


class NothingToBackUp(Refusal):
    message = gettext_noop("There is no database yet. 'opsdesk migrate' or 'opsdesk serve' makes one.")


class ToolMissing(Refusal):
    message = gettext_noop(
        "%(tool)s is not there. It comes with PostgreSQL's client programs (on Debian: postgresql-client),"
        " of the server's version %(server)s or newer."
    )


class ToolTooOld(Refusal):
    message = gettext_noop(
        "%(tool)s is of version %(version)s and the server of version %(server)s: an older one can't read a"
        " newer server. Install PostgreSQL's client programs of version %(server)s or newer."
    )


class ToolFailed(Refusal):
    message = gettext_noop("%(tool)s gave up, and nothing was changed: %(problem)s")


class BackupDamaged(Refusal):
    message = gettext_noop("%(path)s can't be used: %(problem)s. Nothing was changed.")


class WrongEngine(Refusal):
    message = gettext_noop(
        "The backup is of %(theirs)s and this installation runs on %(ours)s. Restore it where"
        " OPSDESK_DATABASE_URL names a database of the same kind."
    )


class BackupNewer(Refusal):
    message = gettext_noop(
        "The backup was made by a newer Opsdesk (%(version)s; unknown here: %(unknown)s)."
        " Install that version or a newer one, then restore."
    )


class TargetNotEmpty(Refusal):
    message = gettext_noop(
        "There is a database already (%(place)s). 'opsdesk restore --replace' puts the backup in its place"
        " and keeps the old one aside."
    )


class StillRunning(Refusal):
    message = gettext_noop(
        "Opsdesk is running here (%(sign)s). Stop serve, web, worker and listen, then restore."
    )


class NotConfirmed(Refusal):
    message = gettext_noop("Nothing was changed. Answer 'yes', or say --yes where nobody can be asked.")


class RestoredDiffers(Refusal):
    message = gettext_noop("What was restored is not what was backed up: %(problem)s.")
