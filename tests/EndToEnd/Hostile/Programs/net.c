/*
 * Sends hostile packets of the kind NAME: net NAME [ARGUMENT ...]
 * Exits with 0 if a forbidden reply arrives (a hit), 1 if none arrives (held), 4 if the call itself does not work.
 * Uses interface eth0. The source of a frame is the container itself unless the arguments say otherwise.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HIT = 0, HELD = 1, BROKEN = 4 };
enum { WAIT_MS = 2000 };

static uint8_t own_mac[6];
static uint32_t own_ip;
static int link_index;

static void broken(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(BROKEN);
}

static long now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int frames(void)
{
	struct ifreq r;
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int s = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	if (s < 0) broken("packet socket");
	memset(&r, 0, sizeof r);
	strcpy(r.ifr_name, "eth0");
	if (ioctl(s, SIOCGIFINDEX, &r)) broken("eth0");
	link_index = at.sll_ifindex = r.ifr_ifindex;
	if (ioctl(s, SIOCGIFHWADDR, &r)) broken("hardware address");
	memcpy(own_mac, r.ifr_hwaddr.sa_data, 6);
	if (ioctl(s, SIOCGIFADDR, &r)) broken("address");
	own_ip = ((struct sockaddr_in *)&r.ifr_addr)->sin_addr.s_addr;
	if (bind(s, (struct sockaddr *)&at, sizeof at)) broken("bind");
	return s;
}

static void mac_of(const char *text, uint8_t *mac)
{
	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5) != 6) { errno = EINVAL; broken(text); }
}

static uint32_t ip_of(const char *text)
{
	struct in_addr a;
	if (!inet_aton(text, &a)) { errno = EINVAL; broken(text); }
	return a.s_addr;
}

static uint16_t sum(const void *data, int length, uint32_t start)
{
	const uint8_t *p = data;
	uint32_t total = start;
	for (; length > 1; p += 2, length -= 2) total += p[0] << 8 | p[1];
	if (length) total += p[0] << 8;
	while (total >> 16) total = (total & 0xffff) + (total >> 16);
	return htons(~total);
}

/* Waits for a frame that the test accepts. */
static int answered(int s, int (*wanted)(const uint8_t *, int, const void *), const void *argument, const char *what)
{
	uint8_t frame[2048];
	for (long end = now_ms() + WAIT_MS, left; (left = end - now_ms()) > 0;) {
		struct pollfd p = { s, POLLIN, 0 };
		struct sockaddr_ll from;
		socklen_t size = sizeof from;
		if (poll(&p, 1, left) <= 0) break;
		int n = recvfrom(s, frame, sizeof frame, 0, (struct sockaddr *)&from, &size);
		if (n > 0 && from.sll_pkttype != PACKET_OUTGOING && wanted(frame, n, argument)) {
			printf("%s: answered\n", what);
			return HIT;
		}
	}
	printf("%s: no answer\n", what);
	return HELD;
}

static int put_ip(uint8_t *p, uint32_t from, uint32_t to, int protocol, int payload, int fragment)
{
	memset(p, 0, 20);
	p[0] = 0x45;
	*(uint16_t *)(p + 2) = htons(20 + payload);
	*(uint16_t *)(p + 4) = htons(0x4242);
	*(uint16_t *)(p + 6) = htons(fragment);
	p[8] = 64;
	p[9] = protocol;
	memcpy(p + 12, &from, 4);
	memcpy(p + 16, &to, 4);
	*(uint16_t *)(p + 10) = sum(p, 20, 0);
	return 20;
}

static int put_tcp(uint8_t *p, uint32_t from, uint32_t to, int source, int target, int flags)
{
	uint8_t pseudo[12];
	memset(p, 0, 20);
	*(uint16_t *)p = htons(source);
	*(uint16_t *)(p + 2) = htons(target);
	p[4] = 1;
	p[12] = 5 << 4;
	p[13] = flags;
	*(uint16_t *)(p + 14) = htons(1024);
	memcpy(pseudo, &from, 4);
	memcpy(pseudo + 4, &to, 4);
	pseudo[8] = 0, pseudo[9] = IPPROTO_TCP, pseudo[10] = 0, pseudo[11] = 20;
	*(uint16_t *)(p + 16) = sum(p, 20, (uint16_t)~ntohs(sum(pseudo, 12, 0)));
	return 20;
}

struct flow { uint32_t peer; int port, own_port; };

static int from_flow(const uint8_t *f, int n, const void *argument)
{
	const struct flow *w = argument;
	return n >= 54 && f[12] == 8 && f[13] == 0 && f[23] == IPPROTO_TCP && !memcmp(f + 26, &w->peer, 4)
		&& ntohs(*(uint16_t *)(f + 34)) == w->port && ntohs(*(uint16_t *)(f + 36)) == w->own_port;
}

/* DESTINATION PORT FRAMES-TO FLAGS(hex) HOW: plain, vlan (tag 0), fragments, or a source address */
static int tcp(char **a)
{
	static int port;
	uint8_t f[128], *p = f;
	int s = frames();
	struct flow w = { ip_of(a[0]), atoi(a[1]), 20000 + (getpid() + port++) % 20000 };
	uint32_t from = strchr(a[4], '.') ? ip_of(a[4]) : own_ip;
	mac_of(a[2], p);
	memcpy(p + 6, own_mac, 6);
	p += 12;
	if (!strcmp(a[4], "vlan")) { memcpy(p, "\x81\x00\x00\x00", 4); p += 4; }
	memcpy(p, "\x08\x00", 2);
	p += 2;
	int flags = strtol(a[3], NULL, 16);
	if (!strcmp(a[4], "fragments")) {
		/* The first fragment has the ports but not the flags, as in RFC 1858. */
		uint8_t segment[20];
		put_tcp(segment, from, w.peer, w.own_port, w.port, flags);
		memcpy(p + put_ip(p, from, w.peer, IPPROTO_TCP, 8, 0x2000), segment, 8);
		if (send(s, f, p + 28 - f, 0) < 0) broken("send");
		memcpy(p + put_ip(p, from, w.peer, IPPROTO_TCP, 12, 1), segment + 8, 12);
		if (send(s, f, p + 32 - f, 0) < 0) broken("send");
	} else {
		p += put_ip(p, from, w.peer, IPPROTO_TCP, 20, 0);
		p += put_tcp(p, from, w.peer, w.own_port, w.port, flags);
		if (send(s, f, p - f, 0) < 0) broken("send");
	}
	return answered(s, from_flow, &w, "tcp");
}

static int unreachable(const uint8_t *f, int n, const void *argument)
{
	/* Protocol unreachable, from the destination itself: the packet arrived. */
	return n >= 42 && f[12] == 8 && f[13] == 0 && f[23] == IPPROTO_ICMP && !memcmp(f + 26, argument, 4) && f[34] == 3 && f[35] == 2;
}

/* DESTINATION FRAMES-TO PROTOCOL: a tunnel's packet; a destination without the tunnel answers that the protocol is unreachable. */
static int protocol(char **a)
{
	uint8_t f[64], *p = f + 14;
	int s = frames();
	uint32_t to = ip_of(a[0]);
	mac_of(a[1], f);
	memcpy(f + 6, own_mac, 6);
	memcpy(f + 12, "\x08\x00", 2);
	p += put_ip(p, own_ip, to, atoi(a[2]), 8, 0);
	memset(p, 0, 8);
	if (send(s, f, p + 8 - f, 0) < 0) broken("send");
	return answered(s, unreachable, &to, "protocol");
}

struct question { uint32_t asker, asked; };

static int reply_to(const uint8_t *f, int n, const void *argument)
{
	const struct question *q = argument;
	return n >= 42 && f[12] == 8 && f[13] == 6 && f[21] == 2 && !memcmp(f + 28, &q->asked, 4) && !memcmp(f + 38, &q->asker, 4);
}

/* SENDER ADDRESS: asks for an address with a forged sender; a host that answers has stored the forged address. */
static int arp(char **a)
{
	uint8_t f[42];
	int s = frames();
	struct question q = { strcmp(a[0], "self") ? ip_of(a[0]) : own_ip, ip_of(a[1]) };
	memset(f, 0xff, 6);
	memcpy(f + 6, own_mac, 6);
	memcpy(f + 12, "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01", 10);
	memcpy(f + 22, own_mac, 6);
	memcpy(f + 28, &q.asker, 4);
	memset(f + 32, 0, 6);
	memcpy(f + 38, &q.asked, 4);
	if (send(s, f, sizeof f, 0) < 0) broken("send");
	return answered(s, reply_to, &q, "arp");
}

/* DESTINATION PORT [broadcast]: of an echo server */
static int udp(char **a)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(a[1])), .sin_addr.s_addr = ip_of(a[0]) };
	int s = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
	char answer[16];
	setsockopt(s, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
	setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5);
	if (sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof to) < 0) { printf("udp: %s\n", strerror(errno)); return HELD; }
	struct pollfd p = { s, POLLIN, 0 };
	int came = poll(&p, 1, WAIT_MS) > 0 && recv(s, answer, sizeof answer, 0) == 5;
	printf("udp: %s\n", came ? "answered" : "no answer");
	return came ? HIT : HELD;
}

/* ADDRESS PORT: over IPv6 with link-local scope */
static int tcp6(char **a)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(atoi(a[1])), .sin6_scope_id = if_nametoindex("eth0") };
	int s = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0), error = 0;
	socklen_t size = sizeof error;
	if (inet_pton(AF_INET6, a[0], &to.sin6_addr) != 1) { errno = EINVAL; broken(a[0]); }
	if (s < 0) broken("socket");
	/* The interface's own address may not be usable for some seconds: a socket that never began to connect looks connected. */
	for (int tries = 0; connect(s, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS; tries++) {
		if (tries == 100) broken("connect");
		usleep(100 * 1000);
	}
	struct pollfd p = { s, POLLOUT, 0 };
	if (poll(&p, 1, WAIT_MS) <= 0) error = ETIMEDOUT;
	else getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &size);
	printf("tcp6: %s\n", error ? strerror(error) : "connected");
	return error ? HELD : HIT;
}

int main(int count, char **a)
{
	static const struct { const char *name; int (*run)(char **); int least; } all[] = {
		{ "tcp", tcp, 5 }, { "arp", arp, 2 }, { "udp", udp, 2 }, { "tcp6", tcp6, 2 }, { "protocol", protocol, 3 },
	};
	for (unsigned i = 0; count > 1 && i < sizeof all / sizeof *all; i++)
		if (!strcmp(all[i].name, a[1]) && count - 2 >= all[i].least) return all[i].run(a + 2);
	fprintf(stderr, "no such call\n");
	return 99;
}
