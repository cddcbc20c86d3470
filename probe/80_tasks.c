/*
 * What there is when a capture starts: iterators over tasks and their descriptors, which the kernel runs when user space reads
 * (capture/iterators.py). They say in numbers what /proc/PID/status, stat and fd say in text. Where a number is the address of
 * something of the kernel's, user space asks /proc what it is once, and not again for each process that has it.
 */
#ifdef ITERATORS

struct iterated { /* the context of both: what the kernel hands over */
	u64 meta, task;
	u32 fd;
	u64 file;
};

static long (*seq_write)(void *seq, const void *from, u32 size) = (void *)BPF_FUNC_seq_write;
static long (*d_path)(void *path, void *to, u32 size) = (void *)BPF_FUNC_d_path;
static void *(*of_cpu)(void *map, const void *key, u32 cpu) = (void *)BPF_FUNC_map_lookup_percpu_elem;

/* A load that the verifier must see: bcc would make a helper's call of it, which gives a mere number. */
#define LOAD(value, at) asm volatile("%0 = *(u64 *)(%1 + 0)" : "=r"(value) : "r"(at))

#define WRITE(ctx, value)                                          \
	do {                                                       \
		u64 seq;                                           \
		LOAD(seq, (ctx)->meta);                            \
		seq_write((void *)seq, &(value), sizeof(value));   \
	} while (0)

/* Number of a struct pid in a namespace at a level, 0: it has none there. */
static inline u32 number_in(u64 pid, u32 level, u64 ns)
{
	if (!pid || kernel32(pid + OFF_pid_level) < level)
		return 0;
	u64 upid = pid + OFF_pid_numbers + (level & 31) * SIZE_upid;
	return kernel64(upid + OFF_upid_ns) == ns ? kernel32(upid + OFF_upid_nr) : 0;
}

/*
 * Pages of files, anonymous ones, swapped and shared ones: counters, of which each cpu keeps a part, added up as the kernel does
 * for /proc. Where the parts of a cpu are is not to be asked, but it is told for a map: the difference is the same.
 */
static inline void counted(u64 mm, s64 *pages)
{
	u64 counters = mm + OFF_mm_struct_rss_stat, map[1] = {bpf_pseudo_fd(1, OFFSETS_MARK)}, at = 0;
	read_kernel(&at, 8, map); /* a number */
	u64 base = kernel64(at + OFF_bpf_array_pptrs);
	for (int k = 0; k < 4; k++)
		pages[k] = kernel64(counters + k * RSS_SIZE + OFF_percpu_counter_count);
	for (u32 cpu = 0; cpu < NR_CPUS; cpu++) {
		u32 zero = 0;
		u64 here = (u64)of_cpu((void *)bpf_pseudo_fd(1, OFFSETS_MARK), &zero, cpu);
		map[0] = here;
		read_kernel(&at, 8, map);
		for (int k = 0; k < 4 && at; k++)
			pages[k] += (s32)kernel32(kernel64(counters + k * RSS_SIZE + OFF_percpu_counter_counters) + at - base);
	}
}

static inline u64 positive(s64 n) { return n > 0 ? n : 0; }

int on_task(struct iterated *ctx)
{
	u64 task = ctx->task;
	if (!task)
		return 0;
	struct task_row row;
	__builtin_memset(&row, 0, sizeof(row));
	u64 cred = kernel64(task + OFF_task_struct_real_cred), signal = kernel64(task + OFF_task_struct_signal);
	u64 pid = kernel64(task + OFF_task_struct_thread_pid), mm = kernel64(task + OFF_task_struct_mm);
	u64 fs = kernel64(task + OFF_task_struct_fs);
	u32 level = kernel32(pid + OFF_pid_level);
	u64 ns = namespace_of(pid), group = kernel64(signal + OFF_signal_struct_pids + 16);
	row.tid = kernel32(task + OFF_task_struct_pid);
	row.pid = kernel32(task + OFF_task_struct_tgid);
	row.ptid = kernel32(kernel64(task + OFF_task_struct_real_parent) + OFF_task_struct_tgid);
	row.vtid = number_in(pid, level, ns);
	row.vpid = number_in(kernel64(signal + OFF_signal_struct_pids + 8), level, ns);
	row.vpgid = number_in(group, level, ns);
	row.pgid = kernel32(group + OFF_pid_numbers + OFF_upid_nr);
	row.sid = kernel32(kernel64(signal + OFF_signal_struct_pids + 24) + OFF_pid_numbers + OFF_upid_nr);
	row.tty = tty_of(signal);
	row.loginuid = OFF_task_struct_loginuid == MISSING ? (u32)-1 : kernel32(task + OFF_task_struct_loginuid);
	row.uid = kernel32(cred + OFF_cred_euid);
	row.gid = kernel32(cred + OFF_cred_egid);
	row.threads = kernel32(signal + OFF_signal_struct_nr_threads);
	row.flags = kernel32(task + OFF_task_struct_flags);
	row.fdlimit = kernel64(signal + OFF_signal_struct_rlim + 16 * 7);
	row.majflt = kernel64(task + OFF_task_struct_maj_flt);
	row.minflt = kernel64(task + OFF_task_struct_min_flt);
	row.ended_majflt = kernel64(signal + OFF_signal_struct_maj_flt);
	row.ended_minflt = kernel64(signal + OFF_signal_struct_min_flt);
	row.cap_inheritable = kernel64(cred + OFF_cred_cap_inheritable);
	row.cap_permitted = kernel64(cred + OFF_cred_cap_permitted);
	row.cap_effective = kernel64(cred + OFF_cred_cap_effective);
	row.mm = mm;
	row.cgroups = kernel64(task + OFF_task_struct_cgroups);
	if (fs) {
		read_kernel(row.cwd, 16, (void *)(fs + OFF_fs_struct_pwd));
		read_kernel(row.root, 16, (void *)(fs + OFF_fs_struct_root));
	}
	if (mm) {
		u64 exe = kernel64(mm + OFF_mm_struct_exe_file);
		s64 pages[4];
		counted(mm, pages);
		row.vm_size = kernel64(mm + OFF_mm_struct_total_vm);
		row.vm_rss = positive(pages[0]) + positive(pages[1]) + positive(pages[3]);
		row.vm_swap = positive(pages[2]);
		if (exe)
			read_kernel(row.exe, 16, (void *)(exe + OFF_file_f_path));
	}
	read_kernel(row.comm, 16, (void *)(task + OFF_task_struct_comm));
	WRITE(ctx, row);
	return 0;
}

/* A descriptor of a process: threads that have a table of their own are left out, as /proc/PID/fd has it. */
int on_file(struct iterated *ctx)
{
	u64 task = ctx->task, file = ctx->file;
	if (!task || !file)
		return 0;
	struct file_row row;
	__builtin_memset(&row, 0, sizeof(row));
	row.pid = kernel32(task + OFF_task_struct_pid);
	if (row.pid != kernel32(task + OFF_task_struct_tgid))
		return 0;
	u64 inode = kernel64(file + OFF_file_f_inode), sb = kernel64(inode + OFF_inode_i_sb);
	row.fd = ctx->fd;
	row.ino = kernel64(inode + OFF_inode_i_ino);
	row.mode = kernel16(inode + OFF_inode_i_mode);
	row.dev = kernel32(sb + OFF_super_block_s_dev);
	row.magic = kernel64(sb + OFF_super_block_s_magic);
	row.flags = kernel32(file + OFF_file_f_flags);
	u64 table = kernel64(kernel64(task + OFF_task_struct_files) + OFF_files_struct_fdt);
	row.closes = kernel64(kernel64(table + OFF_fdtable_close_on_exec) + 8 * (row.fd >> 6)) >> (row.fd & 63) & 1;
	u64 mount = kernel64(file + OFF_file_f_path + OFF_path_mnt);
	row.mount = kernel32(mount - OFF_mount_mnt + OFF_mount_mnt_id);
	row.length = d_path((void *)(file + OFF_file_f_path), row.path, sizeof(row.path));
	WRITE(ctx, row);
	return 0;
}
#endif
