/*
 * Reading memory. Kernel structures are never dereferenced: their layout comes from BTF as OFF_<struct>_<field> (a C
 * definition compiled by bcc would silently get other offsets), so a kernel pointer is a u64 and every read is explicit.
 */

/* By these names and not bcc's: for each call to those it looks through all symbols of the kernel, half the time of compiling. */
static long (*read_kernel)(void *to, u32 size, const void *from) = (void *)BPF_FUNC_probe_read_kernel;
static long (*read_user)(void *to, u32 size, const void *from) = (void *)BPF_FUNC_probe_read_user;
static long (*read_kernel_string)(void *to, u32 size, const void *from) = (void *)BPF_FUNC_probe_read_kernel_str;
static long (*read_user_string)(void *to, u32 size, const void *from) = (void *)BPF_FUNC_probe_read_user_str;

static inline u64 kernel64(u64 at) { u64 v = 0; read_kernel(&v, 8, (void *)at); return v; }
static inline u32 kernel32(u64 at) { u32 v = 0; read_kernel(&v, 4, (void *)at); return v; }
static inline u16 kernel16(u64 at) { u16 v = 0; read_kernel(&v, 2, (void *)at); return v; }

/*
 * A field of a kernel structure. From Linux 6.2 on the verifier can be told what a number points at, and lets it be read like
 * any memory then (0 where nothing is mapped, as above): a call of a helper costs 25 ns, this next to nothing.
 */
#ifdef TYPED
static char *(*as_type)(u64 at, u32 type) = (void *)CAST_MARK; /* bpf_rdonly_cast, see pysysdig/capture/compiler.py */
#define FIELD(type, at, structure, field) (*(type *)(as_type(at, TYPE_##structure) + OFF_##structure##_##field))
#else
static inline u64 read_u64(u64 at) { return kernel64(at); }
static inline u32 read_u32(u64 at) { return kernel32(at); }
static inline u16 read_u16(u64 at) { return kernel16(at); }
#define FIELD(type, at, structure, field) read_##type((at) + OFF_##structure##_##field)
#endif

static inline u64 user64(u64 at) { u64 v = 0; read_user(&v, 8, (void *)at); return v; }
static inline u32 user32(u64 at) { u32 v = 0; read_user(&v, 4, (void *)at); return v; }

/*
 * A loop of at most n turns, to be left by `break` only, and END(i) after it. The verifier walks through each turn of an ordinary one;
 * from Linux 6.4 on it can be told of a loop, which it understands after two or three: loading takes half of the time.
 */
#ifdef COUNTED
struct counter { u64 state; };
static int (*count_from)(struct counter *c, int first, int end) = (void *)COUNT_FROM_MARK; /* bpf_iter_num_new and so on */
static u64 (*count_on)(struct counter *c) = (void *)COUNT_ON_MARK;
static void (*count_end)(struct counter *c) = (void *)COUNT_END_MARK;
#define TURNS(i, n)                                                                                   \
	struct counter i##_counter;                                                                   \
	u64 i##_at;                                                                                   \
	u32 i;                                                                                        \
	count_from(&i##_counter, 0, n);                                                               \
	while ((i##_at = count_on(&i##_counter)) &&                                                   \
	       ({ asm volatile("%0 = *(u32 *)(%1 + 0)" : "=r"(i) : "r"(i##_at)); 1; }))
#define END(i) count_end(&i##_counter)
#else
#define TURNS(i, n) for (u32 i = 0; i < (n); i++)
#define END(i)
#endif

/*
 * n, at most `mask` (2^k - 1). The compiler knows that the mask is redundant after the comparison and would drop it, but
 * the verifier does not see the comparison across spills: the empty asm hides the value from the compiler.
 */
static inline u64 atmost(u64 n, u64 mask)
{
	if (n > mask)
		n = mask;
	asm volatile("" : "+r"(n));
	return n & mask;
}

/* The end of the body. Sections longer than BODY in all would overwrite their end; none comes near it. */
static inline u8 *tail(struct scratch *s)
{
	u64 o = s->length;
	asm volatile("" : "+r"(o));
	return s->body + (o & (BODY - 1));
}

/* Append n user bytes, or nothing if they cannot be read. Returns whether they could. */
static inline int append_user(struct scratch *s, u64 at, u64 n)
{
	n = atmost(n, BODY - 1);
	if (!n)
		return 1;
	if (read_user(tail(s), n, (void *)at)) {
		count_unread();
		return 0;
	}
	s->length += n;
	return 1;
}

static inline void append_user_string(struct scratch *s, u64 at)
{
	if (!at)
		return;
	long n = read_user_string(tail(s), 4096, (void *)at);
	if (n > 0)
		s->length += n;
	else
		count_unread();
}

/* Append a kernel string of at most 255 characters with its NUL. Returns the bytes added. */
static inline long append_kernel_string(struct scratch *s, u64 at)
{
	long n = read_kernel_string(tail(s), 256, (void *)at);
	if (n > 0)
		s->length += n;
	return n;
}

#define APPEND(s, value)                                                \
	do {                                                            \
		__builtin_memcpy(tail(s), &(value), sizeof(value));     \
		(s)->length += sizeof(value);                           \
	} while (0)

static inline u64 file_of(u64 task, u32 fd)
{
	u64 table = FIELD(u64, FIELD(u64, task, task_struct, files), files_struct, fdt);
	if (fd >= FIELD(u32, table, fdtable, max_fds))
		return 0;
	return kernel64(FIELD(u64, table, fdtable, fd) + 8ULL * fd);
}

static inline u64 sock_of(u64 task, u32 fd)
{
	u64 file = file_of(task, fd);
	if (!file || (FIELD(u16, FIELD(u64, file, file, f_inode), inode, i_mode) & 0170000) != 0140000)
		return 0;
	return kernel64(FIELD(u64, file, file, private_data) + OFF_socket_sk); /* a number: it is recorded, byte by byte */
}

static inline u32 pages_to_kb(u64 pages) { return (s64)pages < 0 ? 0 : pages << (PAGE_BITS - 10); }

/* vm size, resident and swapped memory in KB */
static inline void memory_of(u64 mm, u32 *out)
{
	u64 rss = mm + OFF_mm_struct_rss_stat + RSS_COUNT;
	out[0] = out[1] = out[2] = 0;
	if (!mm)
		return;
	out[0] = pages_to_kb(kernel64(mm + OFF_mm_struct_total_vm));
	out[1] = pages_to_kb(kernel64(rss) + kernel64(rss + RSS_SIZE) + kernel64(rss + 3 * RSS_SIZE)); /* file, anon, shmem */
	out[2] = pages_to_kb(kernel64(rss + 2 * RSS_SIZE));
}

/*
 * Names from a file up to the root of the mount tree, leaf first, each with its NUL. User space turns them round.
 * File systems with no tree (memfd, sockets) give the one name of the root.
 */
static inline void append_path(struct scratch *s, u64 path)
{
	s->next = kernel64(path + OFF_path_dentry);
	s->more = kernel64(path + OFF_path_mnt);
	s->left = 3800;
	TURNS(i, 48) {
		u64 dentry = s->next, mount = s->more;
		u64 parent = kernel64(dentry + OFF_dentry_d_parent), root = kernel64(mount + OFF_vfsmount_mnt_root);
		if (dentry == root || dentry == parent) {
			u64 here = mount - OFF_mount_mnt, above = kernel64(here + OFF_mount_mnt_parent);
			if (above == here || !above || dentry != root)
				break;
			s->next = kernel64(here + OFF_mount_mnt_mountpoint);
			s->more = above + OFF_mount_mnt;
			continue;
		}
		long n = append_kernel_string(s, kernel64(dentry + OFF_dentry_d_name + OFF_qstr_name));
		if (n <= 0 || n > s->left)
			break;
		s->left -= n;
		s->next = parent;
	}
	END(i);
	if (s->length == s->start)
		append_kernel_string(s, kernel64(s->next + OFF_dentry_d_name + OFF_qstr_name));
}
