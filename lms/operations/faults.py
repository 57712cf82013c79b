"""What goes wrong around the program (database, disk, an interruption) in a sentence for the operator."""

import errno
import re
import sqlite3

from alembic.util.exc import CommandError
from sqlalchemy.exc import DBAPIError

from lms.errors import Refused

DISK = {
    errno.ENOSPC: "磁盘满了",
    errno.EDQUOT: "磁盘配额用完了",
    errno.EROFS: "磁盘是只读的",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
}
KEPT = "已经写好的都在，没写完的没有留下半截。"
UNFINISHED = "已中断。" + KEPT + "再运行一次就接着做。"


# By what the drivers say, in this order; they name host and user, never the password.
NO_STRUCTURE = "数据库还没有结构，或者结构比程序旧。先运行 bin/lms db upgrade，再做这一步。"
NEWER = "数据库的结构（{at}）这一版程序不认识，多半是数据库比程序新：请换回新版程序，数据没有动。"
DATABASE = (
    (r"no such (table|column)|has no column|(relation|column) .*does not exist", NO_STRUCTURE),
    (r"\bfull\b|disk i/o|no space left", f"磁盘满了或写不进去，数据库没有改动。{KEPT}腾出空间后再运行一次。"),
    (r"read-?only", "数据库只能读，没有写进去。检查数据目录和文件的权限，再运行一次。"),
    (r"locked", "数据库正被别的程序占着，没有写进去。过一会儿再运行一次。"),
    (r"unable to open", "数据库文件打不开。检查 LMS_DATA_DIR、LMS_DATABASE_URL 和目录的权限。"),
    (
        r"not a database|malformed",
        "数据库文件已经损坏，或者不是数据库。请从备份恢复：bin/lms backup restore 文件 --replace。",
    ),
    (r"(database|role) .*does not exist", "数据库或用户不存在（{told}）。请先建好，或改 LMS_DATABASE_URL。"),
    (
        r"connect|timeout expired|authentication|(translate|resolve) host",
        "数据库连不上（{told}）。检查 PostgreSQL 是否在运行，LMS_DATABASE_URL 的主机、端口、用户和口令是否正确。",
    ),
)


def words_for(error: BaseException) -> str | None:
    """The sentence for a fault that an operator can mend; None for what is ours to mend."""
    words = None
    if isinstance(error, Refused):
        words = str(error)
    elif isinstance(error, CommandError):
        words = NEWER.format(at=error)
    elif isinstance(error, DBAPIError | sqlite3.Error):
        words = _of_database(str(error.orig if isinstance(error, DBAPIError) else error))
    elif isinstance(error, OSError) and error.errno in DISK:
        where = f"（{error.filename}）" if error.filename else ""
        words = f"{DISK[error.errno]}{where}，这一步没有做完。{KEPT}腾出空间或改好权限后再运行一次。"
    return words


def _of_database(told: str) -> str | None:
    short = " ".join(told.split())
    found = (words for pattern, words in DATABASE if re.search(pattern, short.lower()))
    words = next(found, None)
    return words.format(told=short[:300]) if words else None
