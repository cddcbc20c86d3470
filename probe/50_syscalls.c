/* The two hot programs. Calls that nobody wants leave after one map look-up; calls without sections go straight to the ring. */

#if defined(__x86_64__)
struct regs { u64 r10, r9, r8, ax, cx, dx, si, di, orig_ax; };
#define TS_COMPAT 2
static inline u64 number_of(u64 at) { return FIELD(u64, at, pt_regs, orig_ax); }
static inline u32 task_status(void) { return FIELD(u32, bpf_get_current_task(), task_struct, thread_info_status); }
#ifdef TYPED
static inline void read_regs(struct regs *r, u64 at)
{
	char *from = as_type(at, TYPE_pt_regs);
	r->r10 = *(u64 *)(from + OFF_pt_regs_r10);
	r->r9 = *(u64 *)(from + OFF_pt_regs_r10 + 8);
	r->r8 = *(u64 *)(from + OFF_pt_regs_r10 + 16);
	r->cx = *(u64 *)(from + OFF_pt_regs_r10 + 32);
	r->dx = *(u64 *)(from + OFF_pt_regs_r10 + 40);
	r->si = *(u64 *)(from + OFF_pt_regs_r10 + 48);
	r->di = *(u64 *)(from + OFF_pt_regs_r10 + 56);
}
#else
static inline void read_regs(struct regs *r, u64 at) { read_kernel(r, sizeof(*r), (void *)(at + OFF_pt_regs_r10)); }
#endif
/* not by the code segment: a 64-bit program can make 32-bit calls with int 0x80, whose numbers mean something else */
static inline int may_be_compat(void) { return task_status() & TS_COMPAT; }
static inline int regs_compat(struct regs *r) { return may_be_compat(); }
static inline void regs_args(struct regs *r, u64 *a)
{
	a[0] = r->di; a[1] = r->si; a[2] = r->dx; a[3] = r->r10; a[4] = r->r8; a[5] = r->r9;
}
#else /* arm64: x0 is overwritten by the result, its first value is kept in orig_x0 */
struct regs { u64 x[31], sp, pc, pstate, orig_x0; s32 syscallno; u32 pad; };
static inline void read_regs(struct regs *r, u64 at) { read_kernel(r, sizeof(*r), (void *)at); }
static inline u64 number_of(u64 at)
{
	struct regs r;
	read_regs(&r, at);
	return (s64)r.syscallno;
}
static inline int may_be_compat(void) { return 1; } /* the registers tell */
static inline int regs_compat(struct regs *r) { return (r->pstate & 0x10) != 0; }
static inline void regs_args(struct regs *r, u64 *a)
{
	a[0] = r->orig_x0; a[1] = r->x[1]; a[2] = r->x[2]; a[3] = r->x[3]; a[4] = r->x[4]; a[5] = r->x[5];
}
#endif

/*
 * A call of a 32-bit program becomes the 64-bit call that does the same: its number, its arguments. Returns the type of the
 * record, 0 if there is no such call or nobody wants it.
 */
static inline u32 from_foreign(struct call **call, u64 *nr, struct regs *r, u64 regs, u32 want, u32 type)
{
	u32 foreign = (*call)->foreign;
	if (!foreign) {
		struct loss *l = get_loss();
		if (l)
			l->foreign++;
		return 0;
	}
	*nr = (foreign & 0xffff) - 1;
	*call = get_call(*nr);
	if (!*call || !((*call)->gate & want))
		return 0;
#if defined(__x86_64__)
	u64 more[2]; /* bp, bx */
	read_kernel(more, sizeof(more), (void *)(regs + OFF_pt_regs_bp));
	u32 a[6] = { more[1], r->cx, r->dx, r->si, r->di, more[0] };
	r->di = a[0]; r->si = a[1]; r->dx = a[2]; r->r10 = a[3]; r->r8 = a[4]; r->r9 = a[5];
#endif
	return foreign & FOREIGN_GENERIC ? type + REC_FOREIGN_ENTER - REC_ENTER : type;
}

static inline void fill(struct header *h, u64 nr, u32 type, u64 ret, struct regs *r)
{
	u64 id = bpf_get_current_pid_tgid();
	h->ts = bpf_ktime_get_boot_ns();
	h->tid = id;
	h->tgid = id >> 32;
	h->nr = nr;
	h->type = type;
	h->sections = 0;
	h->cpu = bpf_get_smp_processor_id();
	h->size = 0;
	h->ret = ret;
	regs_args(r, h->args);
}

static inline int is_self(void)
{
	struct config *c = get_config();
	return !c || bpf_get_current_pid_tgid() >> 32 == c->self;
}

/* Whether a call of this number may be one to record. Where only the 32-bit call of the number is, most calls are not. */
static inline int is_wanted(struct call *call, u32 direction)
{
	return call->gate & direction || (call->gate & WANT_FOREIGN && may_be_compat());
}

int on_sys_enter(struct bpf_raw_tracepoint_args *ctx)
{
	u64 nr = ctx->args[1];
	struct call *call = get_call(nr);
	if (!call || !is_wanted(call, WANT_ENTER) || is_self())
		return 0;
	struct regs r;
	u32 type = REC_ENTER;
	read_regs(&r, ctx->args[0]);
	if (regs_compat(&r))
		type = from_foreign(&call, &nr, &r, ctx->args[0], WANT_ENTER, REC_ENTER);
	else if (!(call->gate & WANT_ENTER))
		return 0;
	if (!type || gives_way(call))
		return 0;
	if (type == REC_ENTER && call->program[0]) {
		struct scratch *s = get_scratch();
		if (!s)
			return 0;
		fill(&s->h, nr, REC_ENTER, 0, &r);
		start_collect(ctx, s, call, 0);
		return 0;
	}
	struct header *h = ring_reserve();
	if (!h) {
		count_lost(bpf_ktime_get_boot_ns());
		return 0;
	}
	fill(h, nr, type, 0, &r);
	ring_submit(h);
	return 0;
}

int on_sys_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct regs r;
	u32 type = REC_EXIT;
	long ret = ctx->args[1];
	u64 nr = number_of(ctx->args[0]);
	struct call *call = get_call(nr); /* most calls end here when the filter is narrow */
	if (!call || !is_wanted(call, WANT_EXIT) || is_self())
		return 0;
	read_regs(&r, ctx->args[0]);
	if (regs_compat(&r))
		type = from_foreign(&call, &nr, &r, ctx->args[0], WANT_EXIT, REC_EXIT);
	else if (!(call->gate & WANT_EXIT))
		return 0;
	if (!type || gives_way(call))
		return 0;
	if (type == REC_EXIT && call->program[1] && !(call->gate & WANT_DATA && ret == 0)) {
		struct scratch *s = get_scratch();
		if (!s)
			return 0;
		fill(&s->h, nr, REC_EXIT, ret, &r);
		if (call->gate & WANT_DATA) {
			struct config *c = get_config();
			u32 op = call->ops[1][0];
			u64 n = ret > 0 ? ret : OP_ARG2(op) == 15 ? 0 : s->h.args[2];
			if (c && n > c->snaplen)
				n = c->snaplen;
			s->length = 0;
			append_user(s, s->h.args[1], n);
			emit(s, 1);
			return 0;
		}
		start_collect(ctx, s, call, 1);
		return 0;
	}
	struct header *h = ring_reserve();
	if (!h) {
		count_lost(bpf_ktime_get_boot_ns());
		return 0;
	}
	fill(h, nr, type, ret, &r);
	ring_submit(h);
	return 0;
}
