/* The maps, and the only functions that touch them. User space maps `calls`, `config` and `losses` into its memory. */
#define BODY 65536

/*
 * A record under construction. Its length so far, the start of the section and the counters of loops live here and not
 * in registers: what the verifier reads from a map it knows nothing about, so the many paths through the operations all
 * end in the same state, and it stops after a few thousand instructions instead of a million.
 */
struct scratch {
	struct header h;
	u8 body[2 * BODY]; /* offsets stay below BODY, one operation writes at most BODY - 1 bytes */
	u64 length, start; /* of the body; where the current section began */
	u64 left, total, next, more; /* of the operation at work */
	u64 operation; /* its index */
};

BPF_F_TABLE("array", u32, struct call, calls, 512, BPF_F_MMAPABLE);
BPF_F_TABLE("array", u32, struct config, config, 1, BPF_F_MMAPABLE);
BPF_F_TABLE("array", u32, struct loss, losses, NR_CPUS, BPF_F_MMAPABLE);
BPF_ARRAY(scratches, struct scratch, NR_CPUS); /* a per-cpu array is limited to 32 KB an element */
BPF_PROG_ARRAY(programs, 4);
struct text { char bytes[4096]; };
BPF_F_TABLE("lru_hash", u32, struct text, names, 64, 0); /* thread -> file name of the execve that it is in */
BPF_F_TABLE("lru_hash", u32, u64, created, 1024, 0); /* thread -> flags that it, or the last one that it made, was made with */
BPF_RINGBUF_OUTPUT(ring, RING_PAGES);

static inline struct call *get_call(u32 nr) { return calls.lookup(&nr); }
static inline struct config *get_config(void) { u32 zero = 0; return config.lookup(&zero); }
static inline struct loss *get_loss(void) { u32 cpu = bpf_get_smp_processor_id(); return losses.lookup(&cpu); }
static inline struct scratch *get_scratch(void) { u32 cpu = bpf_get_smp_processor_id(); return scratches.lookup(&cpu); }
static inline struct text *get_name(u32 tid) { return names.lookup(&tid); }
static inline void set_name(u32 tid, void *text) { names.update(&tid, (struct text *)text); }
static inline void forget_name(u32 tid) { names.delete(&tid); }
static inline u64 *get_created(u32 tid) { return created.lookup(&tid); }
static inline void set_created(u32 tid, u64 flags) { created.update(&tid, &flags); }
static inline void *ring_reserve(void) { return ring.ringbuf_reserve(sizeof(struct header)); }
/* bcc has no word for the last of the ring's helpers: its map is loaded by a number that pysysdig/capture/compiler.py knows */
static u64 (*ring_query)(void *map, u64 flags) = (void *)BPF_FUNC_ringbuf_query;
static inline u64 ring_filled(void) { return ring_query((void *)bpf_pseudo_fd(1, RING_MARK), BPF_RB_AVAIL_DATA); }
static inline void ring_submit(void *p) { ring.ringbuf_submit(p, BPF_RB_NO_WAKEUP); }
static inline long ring_output(void *p, u64 n) { return ring.ringbuf_output(p, n, BPF_RB_NO_WAKEUP); }

static inline void count_lost(u64 ts)
{
	struct loss *l = get_loss();
	if (!l)
		return;
	__sync_fetch_and_add(&l->lost, 1);
	if (!l->first)
		l->first = ts;
	l->last = ts;
}

/* Whether the ring is so full that its rest is for what state needs; counts what is not recorded then. */
static inline int nearly_full(void)
{
	struct config *c = get_config();
	if (!c || ring_filled() < c->mark)
		return 0;
	struct loss *l = get_loss();
	if (l)
		l->early++;
	count_lost(bpf_ktime_get_boot_ns());
	return 1;
}

static inline int gives_way(struct call *call) { return !(call->gate & WANT_STATE) && nearly_full(); }

static inline void count_unread(void)
{
	struct loss *l = get_loss();
	if (l)
		l->unread++;
}
