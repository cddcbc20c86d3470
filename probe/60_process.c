/* What execve and clone tell about the process, and the end of a process. */

/* Number of a struct pid in its own (the innermost) namespace. */
static inline u32 own_number(u64 pid)
{
	u32 level = kernel32(pid + OFF_pid_level) & 31;
	return kernel32(pid + OFF_pid_numbers + level * SIZE_upid + OFF_upid_nr);
}

static inline u64 namespace_of(u64 pid)
{
	u32 level = kernel32(pid + OFF_pid_level) & 31;
	return kernel64(pid + OFF_pid_numbers + level * SIZE_upid + OFF_upid_ns);
}

static inline u32 tty_of(u64 signal)
{
	u64 tty = kernel64(signal + OFF_signal_struct_tty);
	if (!tty)
		return 0;
	u64 driver = kernel64(tty + OFF_tty_struct_driver);
	u32 major = kernel32(driver + OFF_tty_driver_major);
	u32 minor = kernel32(driver + OFF_tty_driver_minor_start) + kernel32(tty + OFF_tty_struct_index);
	return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
}

#define EXE_WRITABLE 1
#define EXE_UPPER_LAYER 2
#define EXE_FROM_MEMFD 4
#define EXE_LOWER_LAYER 8

static inline int in_groups(u64 cred, u32 gid)
{
	u64 groups = kernel64(cred + OFF_cred_group_info);
	u32 left = 0, right = kernel32(groups + OFF_group_info_ngroups);
	int found = 0;
	TURNS(i, 17) { /* the list is sorted; at most 65,536 groups */
		if (left >= right)
			break;
		u32 mid = (left + right) / 2, at = kernel32(groups + OFF_group_info_gid + 4ULL * mid);
		if (at == gid) {
			found = 1;
			break;
		}
		if (at < gid)
			left = mid + 1;
		else
			right = mid;
	}
	END(i);
	return found;
}

/* Could this process change its own executable? As far as ownership, mode bits and capabilities tell. */
static inline int exe_writable(u64 cred, u64 inode)
{
	u64 sb = kernel64(inode + OFF_inode_i_sb);
	if ((kernel64(sb + OFF_super_block_s_flags) & 1) || (kernel32(inode + OFF_inode_i_flags) & 8)) /* read-only, immutable */
		return 0;
	u32 uid = kernel32(inode + OFF_inode_i_uid), gid = kernel32(inode + OFF_inode_i_gid);
	u32 fsuid = kernel32(cred + OFF_cred_fsuid);
	u16 mode = kernel16(inode + OFF_inode_i_mode);
	if (uid == (u32)-1 || gid == (u32)-1)
		return 0;
	if (uid == fsuid)
		return 1;
	if (gid == kernel32(cred + OFF_cred_fsgid) || in_groups(cred, gid))
		mode >>= 3;
	if (mode & 2)
		return 1;
	return (kernel64(cred + OFF_cred_cap_effective) & (1 << 1 | 1 << 3)) != 0; /* CAP_DAC_OVERRIDE, CAP_FOWNER */
}

static inline u32 exe_flags(u64 cred, u64 file, u64 inode)
{
	u32 flags = exe_writable(cred, inode) ? EXE_WRITABLE : 0, layer = layer_of(file, inode);
	u64 dentry = kernel64(file + OFF_file_f_path + OFF_path_dentry);
	if (layer)
		flags |= layer == LAYER_UPPER ? EXE_UPPER_LAYER : EXE_LOWER_LAYER;
	if (kernel64(dentry + OFF_dentry_d_parent) == dentry &&
	    kernel64(kernel64(dentry + OFF_dentry_d_name + OFF_qstr_name)) << 16 == 0x3a64666d656d0000ULL) /* "memfd:" */
		flags |= EXE_FROM_MEMFD;
	return flags;
}

static inline void append_process(struct scratch *s, u64 task)
{
	struct process_info i;
	__builtin_memset(&i, 0, sizeof(i));
	u64 cred = kernel64(task + OFF_task_struct_cred), signal = kernel64(task + OFF_task_struct_signal);
	u64 pid = kernel64(task + OFF_task_struct_thread_pid), mm = kernel64(task + OFF_task_struct_mm);
	i.tid = s->h.tid;
	i.pid = s->h.tgid;
	i.ptid = kernel32(kernel64(task + OFF_task_struct_real_parent) + OFF_task_struct_pid);
	i.vtid = own_number(pid);
	i.vpid = own_number(kernel64(signal + OFF_signal_struct_pids + 8));
	i.vpgid = own_number(kernel64(signal + OFF_signal_struct_pids + 16));
	i.pgid = kernel32(kernel64(signal + OFF_signal_struct_pids + 16) + OFF_pid_numbers + OFF_upid_nr); /* of the initial namespace */
	i.tty = tty_of(signal);
	i.loginuid = OFF_task_struct_loginuid == MISSING ? (u32)-1 : kernel32(task + OFF_task_struct_loginuid);
	i.euid = kernel32(cred + OFF_cred_euid);
	i.egid = kernel32(cred + OFF_cred_egid);
	u64 ns = namespace_of(pid);
	i.in_pidns = kernel32(ns + OFF_pid_namespace_level) != 0 ||
		     kernel64(kernel64(task + OFF_task_struct_nsproxy) + OFF_nsproxy_pid_ns_for_children) != ns;
	i.pidns_start = kernel64(kernel64(ns + OFF_pid_namespace_child_reaper) + OFF_task_struct_start_time);
	memory_of(mm, &i.vm_size);
	i.fdlimit = kernel64(signal + OFF_signal_struct_rlim + 16 * 7);
	i.majflt = kernel64(task + OFF_task_struct_maj_flt);
	i.minflt = kernel64(task + OFF_task_struct_min_flt);
	i.cap_inheritable = kernel64(cred + OFF_cred_cap_inheritable);
	i.cap_permitted = kernel64(cred + OFF_cred_cap_permitted);
	i.cap_effective = kernel64(cred + OFF_cred_cap_effective);
	u64 file = mm ? kernel64(mm + OFF_mm_struct_exe_file) : 0;
	if (file) {
		u64 inode = kernel64(file + OFF_file_f_inode);
		i.exe_ino = kernel64(inode + OFF_inode_i_ino);
		/* the top bit of the nanoseconds is the kernel's own mark of a time that was looked at */
		i.exe_ctime = kernel64(inode + OFF_inode_ctime_sec) * 1000000000ULL +
			      (kernel32(inode + OFF_inode_ctime_nsec) & 0x7fffffff);
		i.exe_mtime = kernel64(inode + OFF_inode_mtime_sec) * 1000000000ULL + kernel32(inode + OFF_inode_mtime_nsec);
		i.exe_flags = exe_flags(cred, file, inode);
	}
	bpf_get_current_comm(i.comm, 16);
	APPEND(s, i);
}

/* One cgroup path: names leaf first up to the root's, which is empty. */
static inline void append_cgroup(struct scratch *s, u64 node)
{
	u8 zero = 0;
	s->next = node;
	s->more = 0;
	TURNS(i, 12) {
		long n = s->next ? append_kernel_string(s, kernel64(s->next + OFF_kernfs_node_name)) : -1;
		s->more = n == 1;
		if (n <= 1)
			break;
		s->next = kernel64(s->next + OFF_kernfs_node_parent);
	}
	END(i);
	if (!s->more)
		APPEND(s, zero); /* too deep, or a cgroup being removed: end it all the same */
}

/* cpuset, cpu, cpuacct, io, memory; a controller in the same cgroup as one before it adds only its pointer */
static inline void append_cgroups(struct scratch *s, u64 task)
{
	u64 set = kernel64(task + OFF_task_struct_cgroups) + OFF_css_set_subsys;
	u64 node[5] = {};
#define NODE(k, id)                                                                                                     \
	if (id != MISSING) {                                                                                            \
		u64 css = kernel64(set + 8 * id);                                                                       \
		if (css)                                                                                                \
			node[k] = kernel64(kernel64(css + OFF_cgroup_subsys_state_cgroup) + OFF_cgroup_kn);            \
	}
	NODE(0, CGROUP_cpuset)
	NODE(1, CGROUP_cpu)
	NODE(2, CGROUP_cpuacct)
	NODE(3, CGROUP_io)
	NODE(4, CGROUP_memory)
	APPEND(s, node);
	if (node[0])
		append_cgroup(s, node[0]);
	if (node[1] && node[1] != node[0])
		append_cgroup(s, node[1]);
	if (node[2] && node[2] != node[0] && node[2] != node[1])
		append_cgroup(s, node[2]);
	if (node[3] && node[3] != node[0] && node[3] != node[1] && node[3] != node[2])
		append_cgroup(s, node[3]);
	if (node[4] && node[4] != node[0] && node[4] != node[1] && node[4] != node[2] && node[4] != node[3])
		append_cgroup(s, node[4]);
}

/* Strings of a user array of pointers: what a failed execve was called with. */
static inline void append_strings(struct scratch *s, u64 array)
{
	s->left = 3072;
	TURNS(i, 24) {
		u64 at = user64(array + 8 * i);
		if (!at)
			break;
		long n = read_user_string(tail(s), 1024, (void *)at);
		if (n <= 0 || n > s->left)
			break;
		s->length += n;
		s->left -= n;
	}
	END(i);
}

static inline void append_area(struct scratch *s, u64 from, u64 to)
{
	if (to > from)
		append_user(s, from, min64(to - from, 4096));
}

/*
 * sched_process_exec(task, old pid, bprm): an execve that goes well replaces the memory that its file name was in. The name is
 * kept until the call ends. Only attached where enter events, which have it, are not recorded.
 */
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct scratch *s = get_scratch();
	if (!s || is_self())
		return 0;
	u64 name = kernel64(ctx->args[2] + OFF_linux_binprm_filename);
	if (read_kernel_string(s->body, sizeof(struct text), (void *)name) > 0)
		set_name(bpf_get_current_pid_tgid(), s->body);
	return 0;
}

/*
 * task_newtask(task, flags): clone3 has its flags in memory, which the one may have overwritten when the call of the other ends.
 * The maker and what it made find them here. Not theirs any more if they had to give way, which takes a thousand others.
 */
int on_new_task(struct bpf_raw_tracepoint_args *ctx)
{
	u64 flags = ctx->args[1];
	set_created(bpf_get_current_pid_tgid(), flags);
	set_created(kernel32(ctx->args[0] + OFF_task_struct_pid), flags);
	return 0;
}

static inline void append_clone_flags(struct scratch *s, u64 at, u64 size)
{
	u64 *made = (s64)s->h.ret >= 0 ? get_created(s->h.tid) : 0;
	if (made)
		APPEND(s, *made);
	else
		append_user(s, at, size);
}

static inline void append_name(struct scratch *s)
{
	struct text *name = get_name(s->h.tid);
	if (!name)
		return;
	long n = read_kernel_string(tail(s), sizeof(struct text), name);
	if (n > 0)
		s->length += n;
	forget_name(s->h.tid);
}

/*
 * Tail called for calls whose operations are OP_PROCESS, OP_CGROUPS, OP_ARGS, then OP_ENV, OP_EXEPATH and OP_STRING (the
 * file name, which may not have been readable yet when the call began; only after a failure, success replaces the
 * memory; the name that on_exec has kept, if it has), or OP_FIXED (the flags of clone3).
 */
int collect_processes(struct bpf_raw_tracepoint_args *ctx)
{
	struct scratch *s = get_scratch();
	if (!s)
		return 0;
	struct call *call = get_call(s->h.nr);
	if (!call)
		return 0;
	u64 task = bpf_get_current_task(), mm = kernel64(task + OFF_task_struct_mm);
	long ret = s->h.ret;
	append_process(s, task);
	end_section(s, 0);
	append_cgroups(s, task);
	end_section(s, 1);
	u32 args = OP_ARG(call->ops[1][2]), fourth = call->ops[1][3];
	if (ret >= 0)
		append_area(s, kernel64(mm + OFF_mm_struct_arg_start), kernel64(mm + OFF_mm_struct_arg_end));
	else if (args != RETURNED)
		append_strings(s, argument(&s->h, args));
	end_section(s, 2);
	if (OP_CODE(fourth) == OP_FIXED) { /* clone3 */
		append_clone_flags(s, argument(&s->h, OP_ARG(fourth)), OP_SIZE(fourth));
		end_section(s, 3);
	} else if (OP_CODE(fourth) == OP_ENV) {
		if (ret >= 0)
			append_area(s, kernel64(mm + OFF_mm_struct_env_start), kernel64(mm + OFF_mm_struct_env_end));
		else
			append_strings(s, argument(&s->h, OP_ARG(fourth)));
		end_section(s, 3);
		u64 file = mm ? kernel64(mm + OFF_mm_struct_exe_file) : 0;
		if (file)
			append_path(s, file + OFF_file_f_path);
		end_section(s, 4);
		if (ret < 0)
			append_user_string(s, argument(&s->h, OP_ARG(call->ops[1][5])));
		else
			append_name(s);
		end_section(s, 5);
	}
	emit(s, call->count[1]);
	return 0;
}
