/*
 * Makes the hostile system calls of the kind NAME: probe NAME [ARGUMENT ...]
 * Exits with 0 if the call succeeds although it must not (a hit), 1 if it is refused (held), 77 if this machine's kernel
 * lacks the feature. A hit does no harm: files are opened but not written, and calls get arguments that pass the
 * permission check but change nothing.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/fs.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { HIT = 0, HELD = 1, ABSENT = 77 };

static int say(int verdict, const char *what)
{
	printf("%s: %s\n", what, verdict == HIT ? "done" : strerror(errno));
	return verdict;
}

/* A call that either works or is refused. */
static int works(long result, const char *what)
{
	return say(result >= 0 ? HIT : HELD, what);
}

/* A call with invalid arguments: any error except a denied permission comes from behind the permission check. */
static int reaches(long result, const char *what)
{
	if (result >= 0) return say(HIT, what);
	if (errno == EPERM || errno == EACCES) return say(HELD, what);
	if (errno == ENOSYS) return say(ABSENT, what);
	printf("%s: let through (%s)\n", what, strerror(errno));
	return HIT;
}

/* Like works(), but distinguishes a kernel without the call. */
static int works_if_there(long result, const char *what)
{
	if (result < 0 && (errno == ENOSYS || errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT)) return say(ABSENT, what);
	return works(result, what);
}

/* Namespaces */

static unsigned long flag_of(const char *name)
{
	if (!strcmp(name, "user")) return CLONE_NEWUSER;
	if (!strcmp(name, "mount")) return CLONE_NEWNS;
	if (!strcmp(name, "cgroup")) return CLONE_NEWCGROUP;
	if (!strcmp(name, "net")) return CLONE_NEWNET;
	if (!strcmp(name, "pid")) return CLONE_NEWPID;
	if (!strcmp(name, "ipc")) return CLONE_NEWIPC;
	if (!strcmp(name, "uts")) return CLONE_NEWUTS;
	if (!strcmp(name, "time")) return 0x80; /* CLONE_NEWTIME */
	fprintf(stderr, "no namespace is called %s\n", name);
	exit(2);
}

static int unshare_(char **a) { return works(unshare(flag_of(a[0])), "unshare"); }

static int clone_(char **a)
{
	long pid = syscall(SYS_clone, flag_of(a[0]) | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) _exit(0);
	if (pid > 0) waitpid(pid, 0, 0);
	return works(pid, "clone");
}

static int clone3_(char **a)
{
	struct { unsigned long long flags, pidfd, child, parent, signal, stack, size, tls; } args = { .flags = flag_of(a[0]), .signal = SIGCHLD };
	long pid = syscall(435, &args, sizeof args);
	if (pid == 0) _exit(0);
	if (pid > 0) waitpid(pid, 0, 0);
	return works(pid, "clone3");
}

static int setns_(char **a)
{
	int fd = open(a[0], O_RDONLY);
	if (fd < 0) return say(HELD, a[0]);
	return works(setns(fd, 0), "setns");
}

/* Mounts */

static int mount_(char **a) /* TYPE SOURCE [DATA] */
{
	mkdir("/tmp/m", 0700);
	if (mount(a[1], "/tmp/m", a[0], 0, a[2]) != 0) return say(errno == ENODEV ? ABSENT : HELD, "mount");
	umount2("/tmp/m", MNT_DETACH);
	return say(HIT, "mount");
}

static int bind_(char **a) /* SOURCE */
{
	mkdir("/tmp/m", 0700);
	if (mount(a[0], "/tmp/m", 0, MS_BIND, 0) != 0) return say(HELD, "bind mount");
	umount2("/tmp/m", MNT_DETACH);
	return say(HIT, "bind mount");
}

/* No one can open a running program for writing, but access() still tells whether it is permitted. */
static int writable(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND);
	if (fd >= 0) return close(fd), HIT;
	if (errno == ENOENT) return ABSENT;
	return errno == ETXTBSY && access(path, W_OK) == 0 ? HIT : HELD;
}

static int remount_(char **a) /* PATH FILE-TO-WRITE */
{
	mount(0, a[0], 0, MS_REMOUNT | MS_BIND, 0);
	return say(writable(a[1]), a[1]);
}

static int umount_(char **a) { return works(umount2(a[0], MNT_DETACH), a[0]); }

static int pivot_root_(char **a)
{
	(void)a;
	return reaches(syscall(SYS_pivot_root, "/nowhere", "/nowhere"), "pivot_root");
}

static int chroot_(char **a) { return works(chroot(a[0]), "chroot"); }

static int fsopen_(char **a)
{
	int fd = syscall(430, a[0], 0);
	return works_if_there(fd < 0 ? fd : syscall(431, fd, 6 /* create */, 0, 0, 0), "fsopen");
}

static int open_tree_(char **a)
{
	return works_if_there(syscall(428, AT_FDCWD, a[0], 1 /* clone */), "open_tree");
}

static int mount_setattr_(char **a)
{
	unsigned long long attributes[4] = { 0 };
	return reaches(syscall(442, AT_FDCWD, a[0], 0, attributes, sizeof attributes), "mount_setattr");
}

/* A newly mounted controller tree contains the limits of this container. */
static int cgroup_file(const char *controller, const char *file)
{
	char path[300];
	mkdir("/tmp/c", 0700);
	if (mount("none", "/tmp/c", "cgroup", 0, controller) != 0) return say(errno == ENODEV || errno == EINVAL ? ABSENT : HELD, "mount of a cgroup");
	snprintf(path, sizeof path, "/tmp/c/%s", file);
	int verdict = say(writable(path), path);
	umount2("/tmp/c", MNT_DETACH);
	return verdict;
}

static int cgroup_(char **a) { return cgroup_file(a[0], a[1]); }

/* The same as root of a user namespace, which any user can create. */
static int cgroup_of_user_(char **a)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP) != 0) return say(HELD, "unshare");
	return cgroup_file(a[0], a[1]);
}

static int hostname_(char **a)
{
	(void)a;
	char name[65] = "";
	gethostname(name, sizeof name);
	return works(sethostname(name, strlen(name)), "sethostname");
}

/* The shocker: a file handle opens by inode number, whatever is mounted where. */
static int open_by_handle_(char **a)
{
	struct { struct file_handle head; unsigned char bytes[128]; } handle = { .head.handle_bytes = 128 };
	int mount_id, directory = open(a[0], O_RDONLY);
	if (name_to_handle_at(AT_FDCWD, a[0], &handle.head, &mount_id, 0) != 0) return say(HELD, "name_to_handle_at");
	return reaches(open_by_handle_at(directory, &handle.head, O_RDONLY), "open_by_handle_at");
}

/* Keys */

static int key_search_(char **a) /* DESCRIPTION: one that the host's root has */
{
	return works(syscall(SYS_keyctl, 10 /* search */, -4 /* of the user */, "user", a[0], 0), "keyctl");
}

static int add_key_(char **a)
{
	return works(syscall(SYS_add_key, "user", a[0], "x", 1, -4), "add_key");
}

/* For the suite, on the host: removes the key left by add_key. */
static int forget_key_(char **a)
{
	long key = syscall(SYS_keyctl, 10, -4, "user", a[0], 0);
	return works(key < 0 ? key : syscall(SYS_keyctl, 9 /* unlink */, key, -4), "unlink");
}

static int request_key_(char **a)
{
	long key = syscall(SYS_request_key, "user", a[0], 0, 0);
	if (key < 0 && errno == ENOKEY) return say(HIT, "request_key");
	return works(key, "request_key");
}

/* Kernel interfaces that few programs use */

static int io_uring_(char **a)
{
	(void)a;
	unsigned params[30] = { 0 };
	return works_if_there(syscall(425, 1, params), "io_uring_setup");
}

static int userfaultfd_(char **a)
{
	(void)a;
	return works_if_there(syscall(SYS_userfaultfd, O_CLOEXEC), "userfaultfd");
}

static int bpf_(char **a)
{
	(void)a;
	struct bpf_insn program[] = { { .code = 0xb7 }, { .code = 0x95 } };
	union bpf_attr attributes = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insns = (unsigned long)program, .insn_cnt = 2, .license = (unsigned long)"GPL" };
	return works_if_there(syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes), "bpf");
}

static int perf_(char **a)
{
	(void)a;
	struct perf_event_attr attributes = { .type = PERF_TYPE_SOFTWARE, .size = sizeof attributes, .config = PERF_COUNT_SW_CPU_CLOCK };
	return works_if_there(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0), "perf_event_open");
}

static int socket_(char **a) /* FAMILY TYPE PROTOCOL */
{
	return works_if_there(socket(atoi(a[0]), atoi(a[1]), atoi(a[2])), "socket");
}

static int module_(char **a)
{
	(void)a;
	return reaches(syscall(SYS_init_module, "", 0, ""), "init_module");
}

static int kexec_(char **a)
{
	(void)a;
	return reaches(syscall(SYS_kexec_load, 0, 0, 0, ~0UL), "kexec_load");
}

static int reboot_(char **a)
{
	(void)a;
	return reaches(syscall(SYS_reboot, 1, 2, 3, 0), "reboot");
}

static int swapon_(char **a)
{
	(void)a;
	return reaches(swapon("/nowhere", 0), "swapon");
}

static int acct_(char **a)
{
	(void)a;
	return reaches(acct("/nowhere"), "acct");
}

static int settime_(char **a)
{
	(void)a;
	struct timex none = { .modes = ADJ_OFFSET_SINGLESHOT };
	return works(adjtimex(&none), "adjtimex");
}

static int klog_(char **a)
{
	(void)a;
	char text[64];
	return works(klogctl(3, text, sizeof text), "syslog");
}

static int fanotify_(char **a)
{
	(void)a;
	return works_if_there(fanotify_init(FAN_CLASS_CONTENT, O_RDONLY), "fanotify_init");
}

static int quotactl_(char **a)
{
	(void)a;
	return reaches(syscall(SYS_quotactl, 0x80000200u /* on */, "/nowhere", 0, 0), "quotactl");
}

static int personality_(char **a)
{
	(void)a;
	return works(personality(ADDR_NO_RANDOMIZE), "personality");
}

#ifdef __x86_64__
static void no_32_bit_calls(int signal)
{
	(void)signal;
	_exit(ABSENT);
}

static long call32(long number, long first, long second)
{
	long result;
	signal(SIGSEGV, no_32_bit_calls); /* what a kernel without 32-bit emulation sends; filters never do */
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(first), "c"(second) : "memory", "r8", "r9", "r10", "r11");
	if (result < 0 && result > -4096) { errno = -result; return -1; }
	return result;
}

/* 32-bit system calls have different numbers, which a filter may have missed. */
static int unshare32_(char **a) { return works_if_there(call32(310, flag_of(a[0]), 0), "unshare by int 0x80"); }

static int vsock32_(char **a)
{
	(void)a;
	unsigned *arguments = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	arguments[0] = 40, arguments[1] = SOCK_STREAM;
	return works_if_there(call32(102, 1, (long)arguments), "socketcall by int 0x80");
}

static int unsharex32_(char **a) { return works_if_there(syscall(0x40000000 | SYS_unshare, flag_of(a[0])), "unshare by x32"); }
#endif

/* Files and devices */

static int writable_(char **a) { return say(writable(a[0]), a[0]); }

static int readable_(char **a) /* readable and not empty */
{
	char text[64];
	int fd = open(a[0], O_RDONLY);
	if (fd < 0) return say(errno == ENOENT ? ABSENT : HELD, a[0]);
	ssize_t length = read(fd, text, sizeof text);
	if (length == 0) { printf("%s: empty\n", a[0]); return HELD; }
	return works(length, a[0]);
}

static int listable_(char **a)
{
	DIR *directory = opendir(a[0]);
	if (!directory) return say(errno == ENOENT ? ABSENT : HELD, a[0]);
	for (struct dirent *entry; (entry = readdir(directory));)
		if (entry->d_name[0] != '.') { printf("%s: %s\n", a[0], entry->d_name); return HIT; }
	printf("%s: empty\n", a[0]);
	return HELD;
}

static int device_(char **a) /* b|c MAJOR MINOR */
{
	unlink("/tmp/device");
	if (mknod("/tmp/device", (a[0][0] == 'b' ? S_IFBLK : S_IFCHR) | 0600, makedev(atoi(a[1]), atoi(a[2]))) != 0) return say(HELD, "mknod");
	int fd = open("/tmp/device", O_RDONLY | O_NONBLOCK);
	unlink("/tmp/device");
	if (fd < 0) return say(errno == ENXIO || errno == ENODEV ? ABSENT : HELD, "open");
	char text[512];
	return a[0][0] == 'b' ? works(read(fd, text, sizeof text), "read") : say(HIT, "open");
}

/* Finds any descriptor of a process except its three streams, or a stream that is a file of the host. */
static int descriptors_(char **a)
{
	char path[300], target[300];
	snprintf(path, sizeof path, "/proc/%s/fd", a[0]);
	DIR *directory = opendir(path);
	if (!directory) return say(HELD, path);
	int verdict = HELD, own = dirfd(directory);
	for (struct dirent *entry; (entry = readdir(directory));) {
		if (entry->d_name[0] == '.' || (!strcmp(a[0], "self") && atoi(entry->d_name) == own)) continue;
		snprintf(path, sizeof path, "/proc/%s/fd/%s", a[0], entry->d_name);
		ssize_t length = readlink(path, target, sizeof target - 1);
		if (length < 0) continue;
		target[length] = 0;
		if (!strcmp(target, "/dev/null") || !strncmp(target, "pipe:", 5)) continue;
		if (!strcmp(target, "/dev/busybox") || !strncmp(target, "/tmp/said", 9) || !strncmp(target, "/probes/", 8)) continue;
		printf("%s is %s\n", path, target);
		verdict = HIT;
	}
	return verdict;
}

/* Tries to write to a program of the host that is open in this container while the host starts a process here. */
static int overwrite_exe_(char **a)
{
	(void)a;
	char path[300], target[300];
	for (int round = 0; round < 20000; round++) {
		DIR *directory = opendir("/proc");
		if (!directory) return say(HELD, "/proc");
		for (struct dirent *entry; (entry = readdir(directory));) {
			if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
			snprintf(path, sizeof path, "/proc/%s/exe", entry->d_name);
			ssize_t length = readlink(path, target, sizeof target - 1);
			if (length < 0) continue;
			target[length] = 0;
			if (!strstr(target, "runc")) continue;
			int fd = open(path, O_RDONLY);
			if (fd < 0) continue;
			snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
			if (writable(path) == HIT && !strstr(target, "memfd")) { printf("%s can be written\n", target); return HIT; }
			close(fd);
		}
		closedir(directory);
	}
	return HELD;
}

/* Privileges */

static int capability_(char **a)
{
	int has = prctl(PR_CAPBSET_READ, atoi(a[0]), 0, 0, 0);
	printf("capability %s: %d\n", a[0], has);
	return has == 1 ? HIT : HELD;
}

static int copy_of_self(const char *path)
{
	char buffer[65536];
	int from = open("/proc/self/exe", O_RDONLY), to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	if (from < 0 || to < 0) return -1;
	for (ssize_t length; (length = read(from, buffer, sizeof buffer)) > 0;)
		if (write(to, buffer, length) != length) return -1;
	close(from);
	return close(to);
}

static int as_nobody(const char *path, const char *what)
{
	pid_t pid = fork();
	if (pid == 0) {
		if (setgroups(0, 0) != 0 || setgid(65534) != 0 || setuid(65534) != 0) _exit(3);
		execl(path, path, what, (char *)0);
		_exit(4);
	}
	int status;
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) > 1) { printf("%s could not be tried\n", what); return 2; }
	return WEXITSTATUS(status);
}

static int is_root_(char **a)
{
	(void)a;
	return geteuid() == 0 ? HIT : HELD;
}

static int can_chown_(char **a)
{
	(void)a;
	return works(chown("/tmp/filecap", 0, 0), "chown");
}

static int setuid_(char **a)
{
	(void)a;
	if (copy_of_self("/tmp/setuid") != 0 || chmod("/tmp/setuid", 04755) != 0) return say(2, "copy");
	return as_nobody("/tmp/setuid", "is_root");
}

static int file_capability_(char **a)
{
	(void)a;
	/* Version 2, effective, CAP_CHOWN permitted. */
	unsigned value[5] = { 0x02000001, 1 };
	if (copy_of_self("/tmp/filecap") != 0 || setxattr("/tmp/filecap", "security.capability", value, sizeof value, 0) != 0) return say(2, "setxattr");
	return as_nobody("/tmp/filecap", "can_chown");
}

static int rlimit_(char **a)
{
	(void)a;
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_max = limit.rlim_max * 2;
	return works(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

static int priority_(char **a)
{
	(void)a;
	return works(setpriority(PRIO_PROCESS, 0, -20), "setpriority");
}

/* Bombs. Each releases what it allocated. */

static int fork_bomb_(char **a) /* HOW-MANY */
{
	int most = atoi(a[0]), made = 0;
	signal(SIGCHLD, SIG_DFL);
	setpgid(0, 0);
	while (made < most) {
		pid_t pid = fork();
		if (pid < 0) break;
		if (pid == 0) { prctl(PR_SET_PDEATHSIG, SIGKILL); pause(); _exit(0); }
		made++;
	}
	int verdict = say(made == most ? HIT : HELD, "fork");
	printf("%d processes\n", made);
	fflush(stdout);
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	while (wait(0) > 0) { }
	return verdict;
}

static int memory_bomb_(char **a) /* MEGABYTES */
{
	pid_t pid = fork();
	if (pid == 0) {
		for (int i = 0; i < atoi(a[0]); i++) {
			char *block = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (block == MAP_FAILED) _exit(1);
			memset(block, 1, 1 << 20);
		}
		_exit(0);
	}
	int status;
	if (waitpid(pid, &status, 0) != pid) return 2;
	printf("ended with %x\n", status);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? HIT : HELD;
}

/* Disk */

static int map_write_(char **a) /* PATH MEGABYTES */
{
	size_t size = (size_t)atoi(a[1]) << 20;
	int fd = open(a[0], O_RDWR | O_CREAT, 0600);
	if (fd < 0 || ftruncate(fd, size)) return say(HELD, "file");
	char *mapped = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mapped == MAP_FAILED) return say(HELD, "mmap");
	memset(mapped, 1, size); /* SIGBUS if there is no room for a page */
	return works(msync(mapped, size, MS_SYNC), "msync");
}

static int set_project_(char **a) /* PATH PROJECT */
{
	struct fsxattr attributes;
	int fd = open(a[0], O_RDONLY);
	if (fd < 0) return 2;
	if (ioctl(fd, FS_IOC_FSGETXATTR, &attributes)) return say(ABSENT, "FS_IOC_FSGETXATTR");
	attributes.fsx_projid = atoi(a[1]);
	int result = ioctl(fd, FS_IOC_FSSETXATTR, &attributes);
	if (result && (errno == EOPNOTSUPP || errno == ENOTTY)) return say(ABSENT, "FS_IOC_FSSETXATTR");
	return works(result, "FS_IOC_FSSETXATTR");
}

static const struct { const char *name; int (*run)(char **); int arguments; } probes[] = {
	{ "map_write", map_write_, 2 }, { "set_project", set_project_, 2 },
	{ "unshare", unshare_, 1 }, { "clone", clone_, 1 }, { "clone3", clone3_, 1 }, { "setns", setns_, 1 },
	{ "mount", mount_, 2 }, { "bind", bind_, 1 }, { "remount", remount_, 2 }, { "umount", umount_, 1 },
	{ "pivot_root", pivot_root_, 0 }, { "chroot", chroot_, 1 }, { "fsopen", fsopen_, 1 }, { "open_tree", open_tree_, 1 },
	{ "mount_setattr", mount_setattr_, 1 }, { "cgroup", cgroup_, 2 }, { "cgroup_of_user", cgroup_of_user_, 2 }, { "hostname", hostname_, 0 }, { "open_by_handle", open_by_handle_, 1 },
	{ "key_search", key_search_, 1 }, { "add_key", add_key_, 1 }, { "forget_key", forget_key_, 1 }, { "request_key", request_key_, 1 },
	{ "io_uring", io_uring_, 0 }, { "userfaultfd", userfaultfd_, 0 }, { "bpf", bpf_, 0 }, { "perf", perf_, 0 },
	{ "socket", socket_, 3 }, { "module", module_, 0 }, { "kexec", kexec_, 0 }, { "reboot", reboot_, 0 },
	{ "swapon", swapon_, 0 }, { "acct", acct_, 0 }, { "settime", settime_, 0 }, { "klog", klog_, 0 },
	{ "fanotify", fanotify_, 0 }, { "quotactl", quotactl_, 0 }, { "personality", personality_, 0 },
#ifdef __x86_64__
	{ "unshare32", unshare32_, 1 }, { "vsock32", vsock32_, 0 }, { "unsharex32", unsharex32_, 1 },
#endif
	{ "writable", writable_, 1 }, { "readable", readable_, 1 }, { "listable", listable_, 1 }, { "device", device_, 3 },
	{ "descriptors", descriptors_, 1 }, { "overwrite_exe", overwrite_exe_, 0 },
	{ "capability", capability_, 1 }, { "is_root", is_root_, 0 }, { "can_chown", can_chown_, 0 }, { "setuid", setuid_, 0 },
	{ "file_capability", file_capability_, 0 }, { "rlimit", rlimit_, 0 }, { "priority", priority_, 0 },
	{ "fork_bomb", fork_bomb_, 1 }, { "memory_bomb", memory_bomb_, 1 },
};

int main(int argc, char **argv)
{
	for (unsigned i = 0; i < sizeof probes / sizeof *probes; i++)
		if (argc > 1 && !strcmp(argv[1], probes[i].name)) {
			if (argc - 2 < probes[i].arguments) break;
			int verdict = probes[i].run(argv + 2);
			fflush(stdout);
			return verdict;
		}
	fprintf(stderr, "usage: probe NAME [ARGUMENT ...]; not known: %s\n", argc > 1 ? argv[1] : "");
	return 99;
}
