/*
 * What the kernel takes: bytes go from each connection to one of its own to the origin and back, in
 * one receive and one send a piece, and nothing looks at them. One thread, edge-triggered epoll.
 *   relay PORT ORIGIN_PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 256 * 1024, EVENTS = 512 };

/* One end of a relayed connection, and what it has not taken yet. */
struct side {
  int fd;
  struct side *other;
  char *rest;
  size_t length;
};

static char piece[PIECE];
static int loop;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static struct side *watch(int fd) {
  struct side *side = calloc(1, sizeof *side);
  side->fd = fd;
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = side};
  if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
  return side;
}

/* Closes both ends. Their memory stays: events of this turn may still point to it. */
static void end(struct side *side) {
  if (side->fd < 0) return;
  close(side->fd);
  close(side->other->fd);
  side->fd = side->other->fd = -1;
}

/* Whether all was taken; what was not is kept. */
static int give(struct side *to, const char *bytes, size_t length) {
  ssize_t sent = send(to->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN) {
    end(to);
    return 0;
  }
  if (sent < 0) sent = 0;
  if ((size_t)sent == length) return 1;
  char *rest = malloc(length - sent);
  memcpy(rest, bytes + sent, length - sent);
  to->rest = rest;
  to->length = length - sent;
  return 0;
}

static void relay(struct side *from) {
  while (from->fd >= 0 && from->other->rest == NULL) {
    ssize_t read = recv(from->fd, piece, PIECE, MSG_DONTWAIT);
    if (read == 0 || (read < 0 && errno != EAGAIN)) {
      end(from);
      return;
    }
    if (read < 0 || !give(from->other, piece, read) || read < PIECE) return;
  }
}

static void ready(struct side *side) {
  if (side->fd >= 0 && side->rest != NULL) {
    char *rest = side->rest;
    side->rest = NULL;
    if (give(side, rest, side->length)) relay(side->other);
    free(rest);
  }
}

int main(int count, char **words) {
  if (count != 3) {
    fprintf(stderr, "usage: relay PORT ORIGIN_PORT\n");
    return 2;
  }
  struct sockaddr_in here = loopback(atoi(words[1])), origin = loopback(atoi(words[2]));
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&here, sizeof here) < 0) fail("bind");
  if (listen(listener, 4096) < 0) fail("listen");
  loop = epoll_create1(0);
  struct epoll_event accepting = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS];
  epoll_ctl(loop, EPOLL_CTL_ADD, listener, &accepting);
  for (;;) {
    int found = epoll_wait(loop, events, EVENTS, -1);
    for (int i = 0; i < found; i++) {
      struct side *side = events[i].data.ptr;
      if (side == NULL) {
        int client = accept(listener, NULL, NULL), server = socket(AF_INET, SOCK_STREAM, 0);
        if (client < 0 || connect(server, (struct sockaddr *)&origin, sizeof origin) < 0) {
          fail("connect");
        }
        struct side *down = watch(client), *up = watch(server);
        down->other = up;
        up->other = down;
        continue;
      }
      if (events[i].events & EPOLLOUT) ready(side);
      if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) relay(side);
    }
  }
}
