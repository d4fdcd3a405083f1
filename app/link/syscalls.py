"""System calls of Linux that Python does not offer: by them a process gives up what it will not need."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

# ---- Landlock: which files. Source: Documentation/userspace-api/landlock.rst, include/uapi/linux/landlock.h ----------
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every machine
VERSION_FLAG, RULE_PATH_BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
ALL_ACCESS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}  # by version; later ones: 16 bits
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV  # rights that a rule for a single file may give
NETWORK = 0b11  # binding and connecting TCP, from version 4 on
SCOPED = 0b11  # abstract sockets and signals to others, from version 6 on

# ---- seccomp: which calls. Source: Documentation/userspace-api/seccomp_filter.rst ------------------------------------
SET_NO_NEW_PRIVS, SET_DUMPABLE = 38, 4  # of prctl
MODE_FILTER, SYNC_THREADS = 1, 1
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000, 0x80000000
EPERM, ENOSYS = 1, 38
LOAD, EQUAL, AT_LEAST, ANY_BIT, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06  # instructions of the filter

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_TABLE = """
    seccomp:317:277 socket:41:198 socketpair:53:199 clone:56:220 clone3:435:435 tgkill:234:131 sendto:44:206
    prlimit64:302:261 connect:42:203 accept:43:202 bind:49:200 listen:50:201 accept4:288:242 execve:59:221
    execveat:322:281 fork:57:-1 vfork:58:-1 ptrace:101:117 process_vm_readv:310:270 process_vm_writev:311:271
    kill:62:129 tkill:200:130 rt_sigqueueinfo:129:138 rt_tgsigqueueinfo:297:240 pidfd_open:434:434
    pidfd_send_signal:424:424 pidfd_getfd:438:438 kcmp:312:272 mount:165:40 umount2:166:39 pivot_root:155:41
    chroot:161:51 unshare:272:97 setns:308:268 open_tree:428:428 move_mount:429:429 fsopen:430:430 fsconfig:431:431
    fsmount:432:432 fspick:433:433 mount_setattr:442:442 bpf:321:280 perf_event_open:298:241 userfaultfd:323:282
    io_uring_setup:425:425 io_uring_enter:426:426 io_uring_register:427:427 add_key:248:217 request_key:249:218
    keyctl:250:219 init_module:175:105 finit_module:313:273 delete_module:176:106 kexec_load:246:104
    kexec_file_load:320:294 open_by_handle_at:304:265 name_to_handle_at:303:264 personality:135:92 reboot:169:142
    swapon:167:224 swapoff:168:225 sethostname:170:161 setdomainname:171:162 settimeofday:164:170
    clock_settime:227:112 adjtimex:159:171 clock_adjtime:305:266 acct:163:89 quotactl:179:60 syslog:103:116
    mknod:133:-1 mknodat:259:33 chmod:90:-1 fchmod:91:52 fchmodat:268:53 fchmodat2:452:452 chown:92:-1 fchown:93:55
    lchown:94:-1 fchownat:260:54 utime:132:-1 utimes:235:-1 futimesat:261:-1 utimensat:280:88 setxattr:188:5
    lsetxattr:189:6 fsetxattr:190:7 removexattr:197:14 lremovexattr:198:15 fremovexattr:199:16 msgget:68:186
    shmget:29:194 semget:64:190 mq_open:240:180 inotify_add_watch:254:27 fanotify_init:300:262
    process_madvise:440:440 setpriority:141:140 sched_setscheduler:144:119 sched_setparam:142:118 sched_setattr:314:274
    sched_setaffinity:203:122 ioprio_set:251:30 setpgid:109:154 migrate_pages:256:238 move_pages:279:239
    process_mrelease:448:448 quotactl_fd:443:443 shmat:30:196 shmctl:31:195 msgsnd:69:189 msgrcv:70:188 msgctl:71:187
    semop:65:193 semtimedop:220:192 semctl:66:191 flock:73:32 truncate:76:45 lsm_set_self_attr:460:460
    open:2:-1 openat:257:56 openat2:437:437 fcntl:72:25 ioctl:16:29"""
_NUMBERS = {name: tuple(map(int, numbers)) for name, *numbers in (entry.split(":") for entry in _TABLE.split())}
"""Of each call its numbers on x86_64 and aarch64; -1: there is none."""

_NEWEST = 462  # later calls were not looked at: none of them is there
_LIMITED = {"socketpair", "clone", "tgkill", "sendto", "prlimit64", "open", "openat", "fcntl", "ioctl"}
_ABSENT = {"clone3", "openat2"}  # clone and openat, whose arguments can be looked at, come instead
_REFUSED = frozenset(_NUMBERS) - _LIMITED - _ABSENT - {"seccomp"}
# Locks, leases and notices, which others wait for, and signals to the owner of a descriptor, who may be anyone.
_FCNTL_REFUSED = (5, 6, 7, 8, 10, 15, 36, 37, 38, 1024, 1026)
# Whether it is a terminal, how large, how much waits in it; whether it waits, whether programs inherit it.
_IOCTL_ALLOWED = (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
CLONE_THREAD, SOCK_STREAM, SOCK_TYPES, WRITING_OR_CUTTING, CUTTING = 0x10000, 1, 0xF, 0o1003, 0o1000
_NR, _ARCH, _ARGUMENTS = 0, 4, 16  # offsets of what the filter looks at

_libc = ctypes.CDLL(None, use_errno=True)


def landlock_version() -> int:
    """Version of Landlock that the kernel has; 0 if it has none."""
    return max(0, _call(CREATE_RULESET, None, 0, VERSION_FLAG))


def has_seccomp() -> bool:
    """Whether the kernel filters system calls, and we know their numbers on this machine."""
    return platform.machine() in _ARCHITECTURES and Path("/proc/sys/kernel/seccomp").is_dir()


def forbid_new_privileges() -> None:
    """From now on no program that is started gains rights by being started. Raises OSError."""
    _checked(_libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def restrict_files(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """From now on this thread, and what it starts, reads these files and folders alone and writes these folders alone.

    TCP, abstract sockets and signals to others are refused too where the kernel can. Raises OSError.
    """
    version = landlock_version()
    handled = ALL_ACCESS.get(version, (1 << 16) - 1)
    attributes = struct.pack("<QQQ", handled, NETWORK if version >= 4 else 0, SCOPED if version >= 6 else 0)
    length = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _checked(_call(CREATE_RULESET, attributes, length, 0))
    try:
        for path in readable:
            _allow_beneath(ruleset, path, READ_FILE | READ_DIR)
        for path in writable:
            rights = READ_FILE | READ_DIR | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | TRUNCATE
            _allow_beneath(ruleset, path, rights & handled)
        _checked(_call(RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def _allow_beneath(ruleset: int, path: Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not on this system
    try:
        if not path.is_dir():
            rights &= ON_FILES
        _checked(_call(ADD_RULE, ruleset, RULE_PATH_BENEATH, struct.pack("<Qi", rights, place), 0))
    finally:
        os.close(place)


def refuse_calls() -> None:
    """From now on no thread of this process opens a socket, starts, signals, slows or touches another process, or
    changes what a file is called, whose it is, who may read it or whether others may write it. Raises OSError."""
    program = _filter()
    code = ctypes.create_string_buffer(b"".join(program), 8 * len(program))
    described = struct.pack("HxxxxxxP", len(program), ctypes.addressof(code))
    _checked(_call(_number("seccomp"), MODE_FILTER, SYNC_THREADS, described))


def _filter() -> list[bytes]:
    """Berkeley packet filter: refused calls get EPERM, all others go through."""
    steps = [
        _step(LOAD, _ARCH), _step(EQUAL, _ARCHITECTURES[platform.machine()], 1, 0), _step(RETURN, KILL),
        _step(LOAD, _NR),
    ]  # fmt: skip
    if platform.machine() == "x86_64":
        steps += [_step(AT_LEAST, 0x40000000, 0, 1), _step(RETURN, REFUSE | EPERM)]  # the other set of numbers
    for name in sorted(_REFUSED):
        if _number(name) >= 0:
            steps += [_step(EQUAL, _number(name), 0, 1), _step(RETURN, REFUSE | EPERM)]
    for name in sorted(_ABSENT):
        steps += [_step(EQUAL, _number(name), 0, 1), _step(RETURN, REFUSE | ENOSYS)]
    steps += [_step(AT_LEAST, _NEWEST + 1, 0, 1), _step(RETURN, REFUSE | ENOSYS)]
    for name, argument in (("open", 1), ("openat", 2)):  # one that is opened for reading is not emptied by that
        if _number(name) >= 0:
            steps += [
                _step(EQUAL, _number(name), 0, 5), _step(LOAD, _ARGUMENTS + 8 * argument),
                _step(AND, WRITING_OR_CUTTING), _step(EQUAL, CUTTING, 0, 1), _step(RETURN, REFUSE | EPERM),
                _step(RETURN, ALLOW),
            ]  # fmt: skip
    steps += _by_command("fcntl", dict.fromkeys(_FCNTL_REFUSED, REFUSE | EPERM), ALLOW)
    steps += _by_command("ioctl", dict.fromkeys(_IOCTL_ALLOWED, ALLOW), REFUSE | EPERM)
    # Threads, but no processes; pairs of connected streams, which reach nobody; signals to itself.
    steps += [
        _step(EQUAL, _number("clone"), 0, 4), _step(LOAD, _ARGUMENTS), _step(ANY_BIT, CLONE_THREAD, 0, 1),
        _step(RETURN, ALLOW), _step(RETURN, REFUSE | EPERM),
        _step(EQUAL, _number("socketpair"), 0, 5), _step(LOAD, _ARGUMENTS + 8), _step(AND, SOCK_TYPES),
        _step(EQUAL, SOCK_STREAM, 0, 1), _step(RETURN, ALLOW), _step(RETURN, REFUSE | EPERM),
        _step(EQUAL, _number("sendto"), 0, 6), _step(LOAD, _ARGUMENTS + 32), _step(EQUAL, 0, 0, 3),
        _step(LOAD, _ARGUMENTS + 36), _step(EQUAL, 0, 0, 1), _step(RETURN, ALLOW), _step(RETURN, REFUSE | EPERM),
        _step(EQUAL, _number("tgkill"), 0, 4), _step(LOAD, _ARGUMENTS), _step(EQUAL, os.getpid(), 0, 1),
        _step(RETURN, ALLOW), _step(RETURN, REFUSE | EPERM),
        _step(EQUAL, _number("prlimit64"), 0, 4), _step(LOAD, _ARGUMENTS), _step(EQUAL, 0, 0, 1),
        _step(RETURN, ALLOW), _step(RETURN, REFUSE | EPERM),
        _step(RETURN, ALLOW),
    ]  # fmt: skip
    return steps


def _by_command(name: str, outcomes: Mapping[int, int], otherwise: int) -> list[bytes]:
    """What becomes of a call by its second argument, which says what is to be done."""
    steps = [_step(LOAD, _ARGUMENTS + 8)]
    for command, outcome in outcomes.items():
        steps += [_step(EQUAL, command, 0, 1), _step(RETURN, outcome)]
    steps.append(_step(RETURN, otherwise))
    return [_step(EQUAL, _number(name), 0, len(steps)), *steps]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _number(name: str) -> int:
    return _NUMBERS[name][("x86_64", "aarch64").index(platform.machine())]


def _call(number: int, *arguments: bytes | int | None) -> int:
    given = (ctypes.c_long(value) if isinstance(value, int) else value for value in arguments)
    return int(_libc.syscall(ctypes.c_long(number), *given))


def _checked(result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
