/* Events that are not system calls. All are header-only: they may interrupt a system call program on the same cpu. */

static inline struct header *begin(u32 type)
{
	struct header *h = ring_reserve();
	if (!h) {
		count_lost(bpf_ktime_get_boot_ns());
		return 0;
	}
	u64 id = bpf_get_current_pid_tgid();
	__builtin_memset(h, 0, sizeof(*h));
	h->ts = bpf_ktime_get_boot_ns();
	h->tid = id;
	h->tgid = id >> 32;
	h->type = type;
	h->cpu = bpf_get_smp_processor_id();
	return h;
}

#define PF_EXITING 4

/* A thread of the group of `task` that goes on; 0: none, -1: too many to tell */
static inline s64 living_thread(u64 task)
{
	u64 head = kernel64(task + OFF_task_struct_signal) + OFF_signal_struct_thread_head, at = kernel64(head);
	for (int i = 0; i < 24; i++) {
		if (at == head || !at)
			return 0;
		u64 other = at - OFF_task_struct_thread_node;
		if (!(kernel32(other + OFF_task_struct_flags) & PF_EXITING))
			return kernel32(other + OFF_task_struct_pid);
		at = kernel64(at);
	}
	return -1;
}

static inline int signal_bit(u64 task, u32 byte, u32 bit)
{
	return (kernel32(kernel64(task + OFF_task_struct_signal) + byte) >> bit) & 1;
}

/* Who inherits the children: a thread of the group, a subreaper above, or init of the pid namespace. 0: there are no children. */
static inline s64 reaper_of(u64 task)
{
	u64 children = task + OFF_task_struct_children;
	if (kernel64(children) == children)
		return 0;
	s64 found = living_thread(task);
	if (found)
		return found;
	u64 pid = kernel64(task + OFF_task_struct_thread_pid);
	u64 init = kernel64(namespace_of(pid) + OFF_pid_namespace_child_reaper);
	u32 init_pid = kernel32(init + OFF_task_struct_pid), level = kernel32(pid + OFF_pid_level);
	if (init == task)
		return 0;
	if (!signal_bit(task, OFF_signal_struct_has_child_subreaper, BIT_signal_struct_has_child_subreaper))
		return init_pid;
	u64 at = kernel64(task + OFF_task_struct_real_parent);
	for (int i = 0; i < 16; i++) {
		if (at == init || kernel32(kernel64(at + OFF_task_struct_thread_pid) + OFF_pid_level) != level)
			return init_pid;
		if (signal_bit(at, OFF_signal_struct_is_child_subreaper, BIT_signal_struct_is_child_subreaper))
			return kernel32(at + OFF_task_struct_pid);
		at = kernel64(at + OFF_task_struct_real_parent);
	}
	return -1;
}

int on_process_exit(struct bpf_raw_tracepoint_args *ctx)
{
	if (is_self())
		return 0;
	u64 task = bpf_get_current_task();
	s64 reaper = reaper_of(task);
	u32 code = kernel32(task + OFF_task_struct_exit_code);
	struct header *h = begin(REC_PROCEXIT);
	if (!h)
		return 0;
	h->args[0] = code;
	h->args[1] = reaper;
	ring_submit(h);
	return 0;
}

/* sched_switch(preempt, prev, next, ...) */
int on_switch(struct bpf_raw_tracepoint_args *ctx)
{
	u64 prev = ctx->args[1], next = ctx->args[2];
	struct config *c = get_config();
	u32 tgid = kernel32(prev + OFF_task_struct_tgid), next_tid = kernel32(next + OFF_task_struct_pid);
	u32 memory[3];
	if (!c || c->self == tgid || nearly_full())
		return 0;
	memory_of(kernel64(prev + OFF_task_struct_mm), memory);
	u64 majflt = kernel64(prev + OFF_task_struct_maj_flt), minflt = kernel64(prev + OFF_task_struct_min_flt);
	struct header *h = begin(REC_SWITCH);
	if (!h)
		return 0;
	h->args[0] = next_tid;
	h->args[1] = majflt;
	h->args[2] = minflt;
	h->args[3] = memory[0];
	h->args[4] = memory[1];
	h->args[5] = memory[2];
	ring_submit(h);
	return 0;
}

/* signal_deliver(sig, info, action); info may be the small numbers 0 and 1, then the reads give 0 */
int on_signal(struct bpf_raw_tracepoint_args *ctx)
{
	u64 signal = ctx->args[0], info = ctx->args[1];
	if (is_self() || nearly_full())
		return 0;
	s32 code = kernel32(info + OFF_kernel_siginfo_si_code);
	u32 sender = kernel32(info + OFF_kernel_siginfo__sifields);
	struct header *h = begin(REC_SIGNAL);
	if (!h)
		return 0;
	h->args[0] = signal;
	h->args[1] = sender;
	h->args[2] = (s64)code;
	ring_submit(h);
	return 0;
}

/* page_fault_user and page_fault_kernel(address, regs, error code) */
int on_fault(struct bpf_raw_tracepoint_args *ctx)
{
	u64 address = ctx->args[0], ip = kernel64(ctx->args[1] + OFF_pt_regs_ip), error = ctx->args[2];
	if (is_self() || nearly_full())
		return 0;
	struct header *h = begin(REC_FAULT);
	if (!h)
		return 0;
	h->args[0] = address;
	h->args[1] = ip;
	h->args[2] = error;
	ring_submit(h);
	return 0;
}
