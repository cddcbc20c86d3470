/* Addresses as text. */
#ifndef PYSYSDIG_ADDRESSES_H
#define PYSYSDIG_ADDRESSES_H

#include "module.h"

enum { IPV4_TEXT = 15, PORT_TEXT = 5 }; /* most characters of each */

/* A number below 100,000 in decimal, without a NUL; where it ends. */
char *write_decimal(char *at, unsigned value);

/* An IPv4 address likewise. */
char *write_ipv4(char *at, const uint8_t *address);

#endif
