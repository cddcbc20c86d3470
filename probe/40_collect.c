/* The sections of one call, as its operations say. */

/* iovec: u64 total of all lengths, then the data as far as `limit` goes */
static inline void append_vector(struct scratch *s, u64 vector, u64 count, u64 limit)
{
	u64 zero = 0;
	s->total = 0;
	s->left = limit;
	APPEND(s, zero);
	TURNS(i, 32) {
		u64 iov[2] = {};
		if (i >= count || read_user(iov, 16, (void *)(vector + 16 * i)))
			break;
		s->total += iov[1];
		u64 n = s->left < iov[1] ? s->left : iov[1];
		if (n)
			s->left = append_user(s, iov[0], n) ? s->left - n : 0;
	}
	END(i);
	s->next = s->length;
	s->length = s->start;
	APPEND(s, s->total);
	s->length = s->next;
}

/* Which layer of overlayfs a file is in, 0: it is in none. */
static inline u32 layer_of(u64 file, u64 inode)
{
	if (FIELD(u64, FIELD(u64, inode, inode, i_sb), super_block, s_magic) != 0x794c7630)
		return 0;
	u64 dentry = kernel64(file + OFF_file_f_path + OFF_path_dentry);
	if (kernel64(inode + SIZE_inode) && /* overlayfs: its inode is followed by the upper dentry */
	    (kernel32(dentry + OFF_dentry_d_flags) & DISCONNECTED || kernel64(dentry + OFF_dentry_d_fsdata) & 1))
		return LAYER_UPPER;
	return LAYER_LOWER;
}

static inline void append_file(struct scratch *s, u64 file)
{
	struct file_info i = {};
	if (!file)
		return;
	u64 inode = FIELD(u64, file, file, f_inode);
	i.ino = FIELD(u64, inode, inode, i_ino);
	i.dev = FIELD(u32, FIELD(u64, inode, inode, i_sb), super_block, s_dev);
	i.f_mode = FIELD(u32, file, file, f_mode);
	i.layer = layer_of(file, inode);
	APPEND(s, i);
}

static inline void append_pair(struct scratch *s, u64 task, u64 at)
{
	struct fd_pair p = {};
	if (read_user(p.fd, 8, (void *)at))
		return;
	u64 file = file_of(task, p.fd[0]);
	if (file) {
		u64 inode = kernel64(file + OFF_file_f_inode);
		p.ino = kernel64(inode + OFF_inode_i_ino);
		if ((kernel16(inode + OFF_inode_i_mode) & 0170000) == 0140000) {
			p.sock = kernel64(kernel64(file + OFF_file_private_data) + OFF_socket_sk);
			p.peer = kernel64(p.sock + OFF_unix_sock_peer);
		}
	}
	APPEND(s, p);
}

static inline int applies(u32 when, long ret)
{
	if (when == ALWAYS)
		return 1;
	if (when == IF_OK)
		return ret >= 0;
	if (when == IF_FAILED)
		return ret < 0;
	if (when == IF_POSITIVE)
		return ret > 0;
	return ret >= 0 || ret == -115; /* EINPROGRESS: a connection under way has its addresses */
}

/* args[] with a variable index: a switch, because the verifier wants fixed offsets into the header */
static inline u64 argument(struct header *h, u32 i)
{
	switch (i) {
	case 0: return h->args[0];
	case 1: return h->args[1];
	case 2: return h->args[2];
	case 3: return h->args[3];
	case 4: return h->args[4];
	case 5: return h->args[5];
	case RETURNED: return h->ret;
	}
	return 0;
}

static inline u64 min64(u64 a, u64 b) { return a < b ? a : b; }

static inline void collect_one(struct scratch *s, struct config *c, u64 task, u32 op, int exit)
{
	struct header *h = &s->h;
	u64 a = argument(h, OP_ARG(op)), b = argument(h, OP_ARG2(op)), n;
	long ret = h->ret;

	switch (OP_CODE(op)) {
	case OP_STRING:
		append_user_string(s, a);
		break;
	case OP_DATA:
		n = ret > 0 ? ret : OP_ARG2(op) == 15 ? 0 : b;
		append_user(s, a, min64(n, c->snaplen));
		break;
	case OP_FIXED:
		append_user(s, a, OP_SIZE(op));
		break;
	case OP_SIZED:
		append_user(s, a, min64(b, OP_SIZE(op)));
		break;
	case OP_SIZED_AT:
		append_user(s, a, min64(user32(b), OP_SIZE(op)));
		break;
	case OP_VECTOR:
	case OP_MSG_DATA:
	case OP_MMSG_DATA:
		n = OP_SIZE(op) ? c->snaplen : 0;
		if (exit && ret > 0)
			n = min64(n, OP_CODE(op) == OP_MMSG_DATA ? user32(a + MMSG_LEN) : ret);
		if (OP_CODE(op) != OP_VECTOR) {
			b = user64(a + 24);
			a = user64(a + 16);
		}
		append_vector(s, a, b, n);
		break;
	case OP_MSG_NAME:
		append_user(s, user64(a), min64(user32(a + 8), 128));
		break;
	case OP_MSG_CONTROL:
		append_user(s, user64(a + 32), min64(user64(a + 40), 4096));
		break;
	case OP_SOCKET:
		append_socket(s, sock_of(task, a));
		break;
	case OP_BACKLOG: {
		u64 sock = sock_of(task, a);
		u32 v[2] = { kernel32(sock + OFF_sock_sk_ack_backlog), kernel32(sock + OFF_sock_sk_max_ack_backlog) };
		APPEND(s, v);
		break;
	}
	case OP_FILE:
		append_file(s, file_of(task, a));
		break;
	case OP_PATH: {
		u64 file = file_of(task, a);
		if (file)
			append_path(s, file + OFF_file_f_path);
		break;
	}
	case OP_PAIR:
		append_pair(s, task, a);
		break;
	case OP_POLL:
		append_user(s, a, 8 * min64(b, 16));
		break;
	case OP_MEMORY: {
		u32 v[3];
		memory_of(kernel64(task + OFF_task_struct_mm), v);
		APPEND(s, v);
		break;
	}
	case OP_CAPS: {
		u64 cred = kernel64(task + OFF_task_struct_cred);
		u64 v[3] = { kernel64(cred + OFF_cred_cap_inheritable), kernel64(cred + OFF_cred_cap_permitted),
			     kernel64(cred + OFF_cred_cap_effective) };
		APPEND(s, v);
		break;
	}
	}
}

/* End the section: its length goes into the table, at fixed offsets for the verifier. */
static inline void end_section(struct scratch *s, u32 i)
{
	u16 n = s->length - s->start;
	s->start = s->length;
	switch (i) {
	case 0: *(u16 *)(s->body + 0) = n; break;
	case 1: *(u16 *)(s->body + 2) = n; break;
	case 2: *(u16 *)(s->body + 4) = n; break;
	case 3: *(u16 *)(s->body + 6) = n; break;
	case 4: *(u16 *)(s->body + 8) = n; break;
	case 5: *(u16 *)(s->body + 10) = n; break;
	}
}

static inline void emit(struct scratch *s, u32 sections)
{
	s->h.sections = sections;
	s->h.size = s->length;
	if (ring_output(s, atmost(sizeof(struct header) + s->length, BODY - 1)))
		count_lost(s->h.ts);
}

#define PROGRAM_COLLECT 1
#define PROGRAM_PROCESS 2

/* What a system call program does when there are sections to collect: the header is in place. */
static inline void start_collect(struct bpf_raw_tracepoint_args *ctx, struct scratch *s, struct call *call, u32 direction)
{
	s->length = s->start = call->count[direction] > 1 ? 16 : 0;
	s->operation = 0;
	programs.call(ctx, call->program[direction]);
}

/*
 * One operation, then this program again for the next one: a loop over the operations would make the verifier walk
 * through every operation at every turn.
 */
int collect(struct bpf_raw_tracepoint_args *ctx)
{
	struct scratch *s = get_scratch();
	struct config *c = get_config();
	if (!s || !c)
		return 0;
	struct call *call = get_call(s->h.nr);
	if (!call)
		return 0;
	u32 exit = s->h.type == REC_EXIT;
	u32 i = s->operation, count = exit ? call->count[1] : call->count[0];
	if (i >= OPS)
		return 0;
	u32 op = exit ? call->ops[1][i] : call->ops[0][i];
	if (!exit || applies(OP_WHEN(op), s->h.ret))
		collect_one(s, c, bpf_get_current_task(), op, exit);
	i = s->operation;
	if (count > 1)
		end_section(s, i);
	s->operation = ++i;
	if (i < count) {
		programs.call(ctx, PROGRAM_COLLECT);
		return 0;
	}
	emit(s, count);
	if (exit && OP_CODE(call->ops[1][0]) == OP_MMSG_DATA && (long)s->h.ret > 1) {
		s->h.ret--; /* how many are left; the call goes on as long as tail calls may be made */
		s->h.args[1] += MMSG_SIZE;
		start_collect(ctx, s, call, 1);
	}
	return 0;
}
