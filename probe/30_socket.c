/* Addresses of a socket, from the kernel's side of it. */
static inline u32 unix_path(struct scratch *s, u64 sock)
{
	u64 address = sock ? kernel64(sock + OFF_unix_sock_addr) : 0;
	if (!address)
		return 0;
	u64 n = kernel32(address + OFF_unix_address_len); /* sockaddr_un: two bytes of family, then the path */
	if (n <= 2)
		return 0;
	n = atmost(n - 2, 127);
	if (read_kernel(tail(s), n, (void *)(address + OFF_unix_address_name + 2)))
		return 0;
	s->length += n;
	return n;
}

static inline void append_socket(struct scratch *s, u64 sock)
{
	struct socket_info i;
	if (!sock)
		return;
	__builtin_memset(&i, 0, sizeof(i));
	i.family = kernel16(sock + OFF_sock_skc_family);
	i.type = kernel16(sock + OFF_sock_sk_type);
	i.protocol = kernel16(sock + OFF_sock_sk_protocol);
	i.sock = sock;
	s->next = s->length; /* the paths follow: where the structure goes is kept */
	s->length += sizeof(i);
	if (i.family == 1) {
		i.peer = kernel64(sock + OFF_unix_sock_peer);
		i.local_path = unix_path(s, sock);
		i.remote_path = unix_path(s, i.peer);
	} else if (i.family == 2 || i.family == 10) {
		i.local_port = kernel16(sock + OFF_inet_sock_inet_sport);
		i.remote_port = kernel16(sock + OFF_sock_skc_dport);
		if (i.family == 2) {
			read_kernel(i.local, 4, (void *)(sock + OFF_inet_sock_inet_saddr));
			read_kernel(i.remote, 4, (void *)(sock + OFF_sock_skc_daddr));
		} else {
			u64 six = kernel64(sock + OFF_inet_sock_pinet6);
			read_kernel(i.local, 16, (void *)(six + OFF_ipv6_pinfo_saddr));
			read_kernel(i.remote, 16, (void *)(sock + OFF_sock_skc_v6_daddr));
		}
	}
	s->total = s->length;
	s->length = s->next;
	APPEND(s, i);
	s->length = s->total;
}
