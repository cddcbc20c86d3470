/* Events of sockets: state/sockets.py, traffic.py. */
#include "addresses.h"
#include "step.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { FD_UNKNOWN = 0, FD_IPV4 = 3, FD_IPV6 = 4, FD_IPV4_SERVER = 5, FD_IPV6_SERVER = 6, FD_UNIX = 8, FD_NETLINK = 15 };
enum { L4_UNKNOWN, L4_NA, L4_TCP, L4_UDP, L4_ICMP, L4_RAW };
enum { ROLE_NONE, ROLE_CLIENT, ROLE_SERVER };
enum { UNIX = 1, INET = 2, INET6 = 10, NETLINK = 16, STREAM = 1, DGRAM = 2, RAW = 3 };
enum { IP = 0, ICMP = 1, TCP = 6, UDP = 17, RAW_IP = 255, CLOEXEC = 02000000, O_CLOEXEC = 4096, IN_PROGRESS = 115 };

/* Where the address record of a type has its parts; size 0 = not there. */
enum { SIP, DIP, SPORT, DPORT, L4, PARTS };
typedef struct {
    uint8_t start, size;
} Part;

static const Part *layout_of(int64_t type)
{
    static const Part v4[PARTS] = {{0, 4}, {4, 4}, {8, 2}, {10, 2}, {12, 1}};
    static const Part v6[PARTS] = {{0, 16}, {16, 16}, {32, 2}, {34, 2}, {36, 1}};
    static const Part v4_server[PARTS] = {{0, 4}, {0, 0}, {4, 2}, {0, 0}, {6, 1}};
    static const Part v6_server[PARTS] = {{0, 16}, {0, 0}, {16, 2}, {0, 0}, {18, 1}};
    return type == FD_IPV4 ? v4 : type == FD_IPV6 ? v6 : type == FD_IPV4_SERVER ? v4_server : type == FD_IPV6_SERVER ? v6_server : NULL;
}

/* A descriptor's address record, taken out to be altered. */
typedef struct {
    int64_t type;
    uint8_t at[RECORD];
} Record;

static void take_record(FdRow *row, Record *record)
{
    memcpy(record->at, row->sock, RECORD);
    record->type = row->type;
}

static void keep_record(FdRow *row, const Record *record)
{
    memcpy(row->sock, record->at, RECORD);
    row->type = record->type;
}

static const uint8_t *part(const Record *record, int index, int *size)
{
    const Part *layout = layout_of(record->type);
    *size = layout != NULL ? layout[index].size : 0;
    return *size ? record->at + layout[index].start : (const uint8_t *)"";
}

/* Store a part, filled up with zeros or cut, if the type has it. */
static void set_part(Record *record, int index, const uint8_t *value, int size)
{
    const Part *layout = layout_of(record->type);
    if (layout == NULL || !layout[index].size)
        return;
    uint8_t *to = record->at + layout[index].start;
    memset(to, 0, layout[index].size);
    memcpy(to, value, (size_t)(size < layout[index].size ? size : layout[index].size));
}

static int64_t part_number(const Record *record, int index)
{
    int size;
    const uint8_t *at = part(record, index, &size);
    int64_t out = 0;
    memcpy(&out, at, (size_t)size);
    return out;
}

static void set_l4(Record *record, uint8_t l4)
{
    set_part(record, L4, &l4, 1);
}

/* A socket tuple parameter. */
typedef struct {
    int family, size; /* of the addresses */
    uint8_t sip[16], dip[16], sport[2], dport[2];
    uint64_t source, destination; /* of unix sockets */
    Bytes path;
} Tuple;

static bool is_mapped(const uint8_t *address)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, zero[16];
    return memcmp(address, mapped, 12) == 0 || memcmp(address, zero, 16) == 0;
}

/* IPv4 in IPv6 on both ends becomes IPv4. False: empty or cut. */
static bool parse_tuple(Bytes raw, Tuple *t)
{
    memset(t, 0, sizeof *t);
    if (!raw.n)
        return false;
    t->family = raw.at[0];
    if (t->family == UNIX && raw.n >= 17) {
        t->source = load_u64(raw.at + 1);
        t->destination = load_u64(raw.at + 9);
        t->path = (Bytes){raw.at + 17, raw.n - 17};
        const uint8_t *end = t->path.n ? memchr(t->path.at, 0, (size_t)t->path.n) : NULL;
        if (end != NULL)
            t->path.n = end - t->path.at;
        return true;
    }
    t->size = t->family == INET && raw.n >= 13 ? 4 : t->family == INET6 && raw.n >= 37 ? 16 : 0;
    if (!t->size)
        return false;
    const uint8_t *at = raw.at + 1;
    memcpy(t->sip, at, (size_t)t->size);
    memcpy(t->sport, at + t->size, 2);
    memcpy(t->dip, at + t->size + 2, (size_t)t->size);
    memcpy(t->dport, at + 2 * t->size + 2, 2);
    if (t->family == INET6 && is_mapped(t->sip) && is_mapped(t->dip)) {
        memmove(t->sip, t->sip + 12, 4);
        memmove(t->dip, t->dip + 12, 4);
        t->family = INET;
        t->size = 4;
    }
    return true;
}

/* An address, without a NUL; where it ends. */
static char *write_address(char *at, const uint8_t *address, int size)
{
    if (size == 4)
        return write_ipv4(at, address);
    return size == 16 && inet_ntop(AF_INET6, address, at, INET6_ADDRSTRLEN) != NULL ? at + strlen(at) : at;
}

static PyObject *ends_text(Step *s, const uint8_t *sip, int64_t sport, const uint8_t *dip, int64_t dport, int size, bool ports)
{
    char out[2 * INET6_ADDRSTRLEN + 32], *at = out;
    const uint8_t *const addresses[] = {sip, dip};
    const int64_t numbers[] = {sport, dport};
    for (int i = 0; i < 2; i++) {
        at = write_address(at, addresses[i], size);
        if (ports) {
            *at++ = ':';
            at = write_decimal(at, (unsigned)numbers[i]);
        }
        if (i == 0) {
            *at++ = '-';
            *at++ = '>';
        }
    }
    return recent_text_of(s, (Bytes){(const uint8_t *)out, at - out});
}

/* What a tuple prints as, for naming a descriptor after it; new. */
static PyObject *tuple_text(Step *s, const Tuple *t)
{
    if (t->family != UNIX)
        return ends_text(s, t->sip, t->sport[0] | t->sport[1] << 8, t->dip, t->dport[0] | t->dport[1] << 8, t->size, true);
    uint8_t out[1024];
    const int n = snprintf((char *)out, sizeof out, "%llx->%llx ", (unsigned long long)t->source, (unsigned long long)t->destination);
    memcpy(out + n, t->path.at, (size_t)t->path.n);
    return text_of(s, (Bytes){out, n + t->path.n});
}

/* Whether that has room for a tuple. */
static bool can_name(const Tuple *t)
{
    return t->family != UNIX || t->path.n < 512;
}

/* state/fds.tuple_name of a socket with two ends; new. */
static PyObject *tuple_name(Step *s, const Record *record)
{
    int size, there;
    const uint8_t *sip = part(record, SIP, &size), *dip = part(record, DIP, &there);
    const int64_t l4 = part_number(record, L4);
    if (record->type == FD_IPV6 && is_mapped(sip) && is_mapped(dip)) {
        sip += 12;
        dip += 12;
        size = 4;
    }
    if (l4 == L4_TCP || l4 == L4_UDP)
        return ends_text(s, sip, part_number(record, SPORT), dip, part_number(record, DPORT), size, true);
    if (l4 == L4_ICMP || (l4 == L4_RAW && size == 4))
        return ends_text(s, sip, 0, dip, 0, size, false);
    return text_of(s, (Bytes){(const uint8_t *)"<unknown>", 9});
}

static int transport(uint64_t kind, uint64_t protocol)
{
    if (protocol == IP)
        return (kind & 0xff) == STREAM ? L4_TCP : (kind & 0xff) == DGRAM ? L4_UDP : L4_UNKNOWN;
    if (protocol == RAW_IP)
        return L4_RAW;
    const int known = protocol == TCP ? L4_TCP : protocol == UDP ? L4_UDP : protocol == ICMP ? L4_ICMP : L4_UNKNOWN;
    return known && kind == RAW ? L4_RAW : known;
}

int on_socket(Step *s, Event *e)
{
    Params p, enter;
    if (e->thread == NULL)
        return DONE;
    if (locate(s, e->pos, &p) == ASK)
        return ASK;
    const int64_t fd = p_i64(&p, 0);
    if (fd < 0)
        return DONE;
    const Params *from = &p;
    int first = 1;
    if (!s->current_generation) {
        bool there;
        if (locate_enter(s, e, &enter, &there) == ASK)
            return ASK;
        if (!there)
            return DONE;
        from = &enter;
        first = 0;
    }
    const uint64_t domain = p_uint(from, first), kind = p_uint(from, first + 1), protocol = p_uint(from, first + 2);
    const int64_t files = files_of(s, e->thread);
    if (!may_put(s, files, fd) || is_closing(s, files, fd))
        return ASK;
    FdRow *row = fresh_fd(s, domain == UNIX ? FD_UNIX : domain == NETLINK ? FD_NETLINK : FD_UNKNOWN);
    if (row == NULL)
        return FAILED;
    if (domain == INET || domain == INET6) {
        Record record = {.type = domain == INET ? FD_IPV4 : FD_IPV6};
        set_l4(&record, (uint8_t)transport(kind, protocol));
        keep_record(row, &record);
    }
    if (s->current_generation && kind & CLOEXEC)
        row->openflags = O_CLOEXEC;
    return add_fd(s, e, files, fd, row, true) ? DONE : FAILED;
}

static void set_ends(Record *record, const Tuple *t)
{
    set_part(record, SIP, t->sip, t->size);
    set_part(record, SPORT, t->sport, 2);
    set_part(record, DIP, t->dip, t->size);
    set_part(record, DPORT, t->dport, 2);
}

static void set_unix(Record *record, const Tuple *t)
{
    memcpy(record->at, &t->source, 8);
    memcpy(record->at + 8, &t->destination, 8);
}

static int accepted(Step *s, Event *e, bool flagged)
{
    Params p;
    if (e->thread == NULL)
        return DONE;
    if (locate(s, e->pos, &p) == ASK)
        return ASK;
    const int64_t fd = p_i64(&p, 0);
    if (fd < 0)
        return DONE;
    Tuple t;
    if (!parse_tuple(p_data(&p, 1), &t))
        return show_number(s, e, fd) ? DONE : FAILED;
    const int64_t files = files_of(s, e->thread);
    if (!can_name(&t) || !may_put(s, files, fd) || is_closing(s, files, fd))
        return ASK;
    Record record = {.type = t.family == UNIX ? FD_UNIX : t.family == INET ? FD_IPV4 : FD_IPV6};
    if (t.family == UNIX) {
        set_unix(&record, &t);
    } else {
        set_ends(&record, &t);
        set_l4(&record, L4_TCP);
    }
    FdRow *row = fresh_fd(s, (int)record.type);
    if (row == NULL)
        return FAILED;
    keep_record(row, &record);
    row->role = ROLE_SERVER;
    row->connected = true;
    if (flagged)
        row->openflags = p_uint(&p, 5) & O_CLOEXEC;
    if (!put(&row->name, tuple_text(s, &t))) {
        Py_DECREF((PyObject *)row);
        return FAILED;
    }
    return add_fd(s, e, files, fd, row, true) ? DONE : FAILED;
}

int on_accept(Step *s, Event *e)
{
    return accepted(s, e, false);
}

int on_accept4(Step *s, Event *e)
{
    return accepted(s, e, s->current_generation);
}

/* connect starts: the destination is known already. */
int on_connect_enter(Step *s, Event *e)
{
    Params p;
    if (e->thread == NULL || s->current_generation)
        return DONE;
    if (locate(s, e->pos, &p) == ASK)
        return ASK;
    const int64_t files = files_of(s, e->thread), fd = p_i64(&p, 0);
    FdRow *row = fd_of(s, files, fd);
    if (row == NULL)
        return DONE;
    if (p.n < 2)
        return ASK;
    const Bytes raw = p_data(&p, 1);
    if (!raw.n)
        return DONE;
    const int family = raw.at[0];
    const int size = family == INET && raw.n >= 7 ? 4 : family == INET6 && raw.n >= 19 ? 16 : 0;
    Record record;
    if (!may_put(s, files, fd))
        return ASK;
    take_record(row, &record);
    row = modify_fd(s, e, files, fd, row);
    if (row == NULL)
        return FAILED;
    if (family == UNIX) {
        Bytes path = {raw.at + 1, raw.n - 1};
        const uint8_t *end = path.n ? memchr(path.at, 0, (size_t)path.n) : NULL;
        if (end != NULL)
            path.n = end - path.at;
        return put(&row->name, text_of(s, path)) ? DONE : FAILED;
    }
    if (!size)
        return DONE;
    const uint8_t *address = raw.at + 1, *port = address + size;
    const bool mapped = size == 16 && is_mapped(address);
    record.type = size == 4 || mapped ? FD_IPV4 : FD_IPV6;
    set_part(&record, DIP, mapped ? address + 12 : address, mapped ? 4 : size);
    set_part(&record, DPORT, port, 2);
    keep_record(row, &record);
    return DONE;
}

static bool is_zero(const uint8_t *at, int size)
{
    for (int i = 0; i < size; i++)
        if (at[i])
            return false;
    return true;
}

/* SocketHandlers._set_ends for a record whose type is the tuple's already; whether anything changed. */
static bool replace_ends(Record *record, int64_t kept, const Tuple *t, bool overwrite)
{
    const Part *layout = layout_of(record->type);
    uint8_t *sip = record->at + layout[SIP].start, *dip = record->at + layout[DIP].start;
    uint8_t *sport = record->at + layout[SPORT].start, *dport = record->at + layout[DPORT].start;
    const size_t size = (size_t)t->size;
    const bool same_here = memcmp(sip, t->sip, size) == 0 && memcmp(sport, t->sport, 2) == 0;
    const bool same_there = memcmp(dip, t->dip, size) == 0 && memcmp(dport, t->dport, 2) == 0;
    const bool reversed = memcmp(sip, t->dip, size) == 0 && memcmp(sport, t->dport, 2) == 0 &&
                          memcmp(dip, t->sip, size) == 0 && memcmp(dport, t->sport, 2) == 0;
    if (kept == record->type && ((same_here && same_there) || reversed))
        return false;
    bool changed = !same_here;
    memcpy(sip, t->sip, size);
    memcpy(sport, t->sport, 2);
    if (overwrite || is_zero(dip, t->size)) {
        changed |= memcmp(dip, t->dip, size) != 0;
        memcpy(dip, t->dip, size);
    }
    if (overwrite || is_zero(dport, 2)) {
        changed |= memcmp(dport, t->dport, 2) != 0;
        memcpy(dport, t->dport, 2);
    }
    return changed;
}

static void swap_ends(Record *record)
{
    const Part *layout = layout_of(record->type);
    const Part pairs[2][2] = {{layout[SIP], layout[DIP]}, {layout[SPORT], layout[DPORT]}};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < pairs[i][0].size; k++) {
            uint8_t *a = record->at + pairs[i][0].start + k, *b = record->at + pairs[i][1].start + k, kept = *a;
            *a = *b;
            *b = kept;
        }
}

/* connect ended: both ends are known. */
int on_connect(Step *s, Event *e)
{
    Params p;
    if (e->thread == NULL)
        return DONE;
    if (locate(s, e->pos, &p) == ASK)
        return ASK;
    int64_t files, fd;
    FdRow *row = event_fd(s, e, &files, &fd);
    if (row == NULL)
        return p.n > 2 && !s->current_generation ? ASK : DONE;
    const int64_t res = p_i64(&p, 0);
    if (res < 0 && res != -IN_PROGRESS)
        return DONE;
    Record record;
    Tuple t;
    const bool known = parse_tuple(p_data(&p, 1), &t);
    if (!known && s->current_generation)
        return ASK;
    if (!may_put(s, files, fd) || (known && !can_name(&t)))
        return ASK;
    take_record(row, &record);
    row = modify_fd(s, e, files, fd, row);
    if (row == NULL)
        return FAILED;
    row->connected = true;
    if (!known)
        return DONE;
    bool good = true;
    if (t.family == UNIX) {
        if (s->current_generation && record.type != FD_UNIX)
            return DONE;
        set_unix(&record, &t);
        keep_record(row, &record);
        good = put(&row->name, tuple_text(s, &t));
    } else {
        record.type = t.family == INET ? FD_IPV4 : FD_IPV6;
        const bool changed = replace_ends(&record, record.type, &t, s->current_generation);
        if (changed && row->role == ROLE_SERVER && record.type == FD_IPV4 && part_number(&record, L4) == L4_UDP)
            swap_ends(&record);
        keep_record(row, &record);
        good = put(&row->name, tuple_name(s, &record));
    }
    if (row->role == ROLE_NONE)
        row->role = ROLE_CLIENT;
    return good ? DONE : FAILED;
}

/* A named IPv4 TCP socket: traffic does not change it any more. */
static bool is_settled(FdRow *row)
{
    return row->type == FD_IPV4 && row->sock[12] == L4_TCP && PyUnicode_GetLength(row->name) > 0;
}

/* A call that moved data told both ends of a socket: DONE if that is no news. */
static int told(Step *s, FdRow *row, const Params *p, Bytes raw)
{
    if (p_i64(p, 0) < 0)
        return DONE;
    Tuple t;
    const bool two_ends = row->type == FD_IPV4 || row->type == FD_IPV6;
    if (!parse_tuple(raw, &t))
        return !two_ends || row->connected ? DONE : ASK;
    Record record;
    take_record(row, &record);
    if (t.family == INET)
        return row->type == FD_IPV4 && row->connected && !replace_ends(&record, FD_IPV4, &t, true) ? DONE : ASK;
    if (t.family != UNIX || row->type != FD_UNIX || !can_name(&t))
        return ASK;
    set_unix(&record, &t);
    PyObject *name = memcmp(record.at, row->sock, RECORD) == 0 ? tuple_text(s, &t) : NULL;
    const bool same = name != NULL && PyUnicode_Compare(name, row->name) == 0;
    Py_XDECREF(name);
    return same ? DONE : ASK;
}

static int received(Step *s, Event *e, int index)
{
    int64_t files, fd;
    Params p;
    FdRow *row = event_fd(s, e, &files, &fd);
    if (row == NULL || is_settled(row))
        return DONE;
    return locate(s, e->pos, &p) == ASK ? ASK : told(s, row, &p, p_data(&p, index));
}

int on_receive(Step *s, Event *e)
{
    return received(s, e, 4);
}

int on_recvfrom(Step *s, Event *e)
{
    return received(s, e, 2);
}

int on_recvmsg(Step *s, Event *e)
{
    return received(s, e, 3);
}

int on_send(Step *s, Event *e)
{
    int64_t files, fd;
    Params p, enter;
    bool there;
    FdRow *row = event_fd(s, e, &files, &fd);
    if (e->thread == NULL || (row == NULL ? !s->current_generation : is_settled(row)))
        return DONE;
    if (locate(s, e->pos, &p) == ASK)
        return ASK;
    if (s->current_generation)
        return row == NULL || p_i64(&p, 2) != fd ? ASK : told(s, row, &p, p_data(&p, 4));
    if (locate_enter(s, e, &enter, &there) == ASK)
        return ASK;
    return there ? told(s, row, &p, p_data(&enter, 2)) : DONE;
}

/* bind: a server end with a port, or a unix path. */
int on_bind(Step *s, Event *e)
{
    Params p;
    int64_t files, fd;
    if (locate(s, e->pos, &p) == ASK)
        return ASK;
    const Bytes raw = p_data(&p, 1);
    FdRow *row = event_fd(s, e, &files, &fd);
    if (row == NULL || p_i64(&p, 0) < 0 || !raw.n)
        return DONE;
    const int family = raw.at[0], size = family == INET && raw.n >= 7 ? 4 : family == INET6 && raw.n >= 19 ? 16 : 0;
    if (!size && family != UNIX)
        return DONE;
    if (!may_put(s, files, fd))
        return ASK;
    row = modify_fd(s, e, files, fd, row);
    if (row == NULL)
        return FAILED;
    if (!size) {
        Bytes path = {raw.at + 1, raw.n - 1};
        const uint8_t *end = path.n ? memchr(path.at, 0, (size_t)path.n) : NULL;
        if (end != NULL)
            path.n = end - path.at;
        return put(&row->name, text_of(s, path)) ? DONE : FAILED;
    }
    uint8_t address[16];
    memcpy(address, raw.at + 1, (size_t)size);
    const uint8_t port[2] = {raw.at[1 + size], raw.at[2 + size]};
    char out[INET6_ADDRSTRLEN + PORT_TEXT + 1], *at = write_address(out, address, size);
    *at++ = ':';
    at = write_decimal(at, (unsigned)(port[0] | port[1] << 8));
    if (!put(&row->name, text_of(s, (Bytes){(const uint8_t *)out, at - out})))
        return FAILED;
    if (!port[0] && !port[1])
        return DONE;
    Record record;
    take_record(row, &record);
    record.type = size == 4 ? FD_IPV4 : FD_IPV6;
    const uint8_t l4 = (uint8_t)part_number(&record, L4);
    const bool mapped = size == 16 && is_mapped(address);
    record.type = size == 4 || mapped ? FD_IPV4_SERVER : FD_IPV6_SERVER;
    set_part(&record, SIP, mapped ? address + 12 : address, mapped ? 4 : size);
    set_part(&record, SPORT, port, 2);
    set_l4(&record, l4);
    keep_record(row, &record);
    row->role = ROLE_SERVER;
    return DONE;
}

int on_sendto_enter(Step *s, Event *e)
{
    if (e->thread == NULL || s->current_generation)
        return DONE;
    const int64_t fd = s->fdnum[e->pos];
    return fd < 0 || fd_of(s, files_of(s, e->thread), fd) != NULL ? DONE : ASK;
}

int on_getsockopt(Step *s, Event *e)
{
    Params p;
    if (e->thread == NULL)
        return DONE;
    if (locate(s, e->pos, &p) == ASK)
        return ASK;
    return p.n <= 1 || show_number(s, e, p_i64(&p, 1)) ? DONE : FAILED;
}
