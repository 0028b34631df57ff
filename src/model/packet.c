#include "packet.h"

bool packet_is_icmp_error(const struct packet *packet)
{
	switch (packet->icmp) {
	case ICMP_PORT_UNREACHABLE:
	case ICMP_PROTOCOL_UNREACHABLE:
	case ICMP_HOST_UNREACHABLE:
	case ICMP_NET_UNREACHABLE:
	case ICMP_ADMIN_PROHIBITED:
	case ICMP_FRAG_NEEDED:
	case ICMP_UNREACHABLE_OTHER:
	case ICMP_TIME_EXCEEDED:
		return true;
	case ICMP_NONE:
	case ICMP_ECHO_REQUEST:
	case ICMP_ECHO_REPLY:
	case ICMP_OTHER:
		break;
	}
	return false;
}
