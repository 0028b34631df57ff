/* Listings: cluster, neighbours, routes, sessions, interface, SD-WAN. */
#include "readers.h"
#include "support.h"

static const struct fact_row *row_of(const struct facts *facts, size_t i)
{
	assert_true(i < facts->row_count);
	return &facts->rows[i];
}

static void assert_cell(const struct facts *facts, size_t row, const char *name, const char *value)
{
	const char *cell = facts_cell_of(row_of(facts, row), name);
	assert_non_null(cell);
	assert_string_equal(cell, value);
}

static void cluster_of_each_generation_names_its_members(void **state)
{
	static const struct {
		const char *first, *second;
	} words[] = {{"Master: fgt-a         , FGT60FTK00000001, cluster index = 0\n",
	              "Slave : fgt-b         , FGT60FTK00000002, cluster index = 1\n"
	              "Slave : FGT60FTK00000002, operating cluster index = 1\n"},
	             {"Primary     : fgt-a       , FGT60FTK00000001, HA cluster index = 1\n",
	              "Secondary   : fgt-b       , FGT60FTK00000002, HA cluster index = 0\n"
	              "Primary: FGT60FTK00000001, HA operating index = 0\n"},
	             {"FGT60FTK00000001:      Primary, serialno_prio=1, usr_priority=200, hostname=fgt-a\n",
	              "FGT60FTK00000002:    Secondary, serialno_prio=0, usr_priority=100, hostname=fgt-b\n"
	              "FGT60FTK00000001:      Primary, ha_prio/o_ha_prio=0/0\n"}};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		struct facts *facts = read_text(
		        *state, "ha",
		        arena_printf(*state,
		                     "HA Health Status: OK\nModel: FortiGate-60F\nMode: HA A-P\nConfiguration "
		                     "Status:\n    FGT60FTK00000001(updated 3 seconds ago): in-sync\n    "
		                     "FGT60FTK00000002(updated 2 seconds ago): out-of-sync\nHBDEV stats:\n    "
		                     "FGT60FTK00000001(updated 3 seconds ago):\n        port16: up\n%s%s",
		                     words[i].first, words[i].second));
		assert_text_fact(facts, FACT_ID_HA_MODE, "HA A-P");
		assert_int_fact(facts, FACT_ID_HA_MEMBERS, 2);
		assert_int_fact(facts, FACT_ID_HA_OUT_OF_SYNC, 1);
		assert_int_equal(facts->unread_count, 0);
		assert_cell(facts, 0, "serial", "FGT60FTK00000001");
		assert_cell(facts, 0, "hostname", "fgt-a");
		assert_cell(facts, 0, "role", "primary");
		assert_cell(facts, 1, "serial", "FGT60FTK00000002");
		assert_cell(facts, 1, "role", "secondary");
	}
	struct facts *alone = read_text(*state, "ha", "Mode: Standalone\nnumber of vcluster: 0\nsomething else\n");
	assert_int_fact(alone, FACT_ID_HA_MEMBERS, 1);
	assert_int_equal(alone->row_count, 0);
	assert_int_equal(alone->unread_count, 1);
	assert_int_equal(alone->unread[0].line, 3);
}

static void neighbours_are_listed(void **state)
{
	struct facts *facts = read_text(*state, "arp",
	                                "FGT # get system arp\n"
	                                "Address           Age(min)   Hardware Addr      Interface\n"
	                                "192.0.2.4         0          00:00:5e:00:53:81 lan\n"
	                                "192.0.2.5         -          00:00:5e:00:53:82 port 4\n\n"
	                                "not a row\n");
	assert_int_fact(facts, FACT_ID_ARP_ENTRIES, 2);
	assert_cell(facts, 0, "address", "192.0.2.4");
	assert_cell(facts, 0, "mac", "00:00:5e:00:53:81");
	assert_cell(facts, 0, "interface", "lan");
	assert_cell(facts, 1, "age", "-");
	assert_int_equal(facts->unread_count, 1);
	struct facts *none = read_text(*state, "arp", "");
	assert_absent(none, FACT_ID_ARP_ENTRIES, "not read");
}

static void a_clusters_interfaces_are_counted_by_member(void **state)
{
	static const char status[] =
	        "HA Health Status: OK\nMode: HA A-P\nHBDEV stats:\n    FGT1(updated 3 seconds ago):\n"
	        "        ha: physical/1000auto, up, rx-bytes/packets/dropped/errors=1/2/3/4, tx=5/6/7/8\n"
	        "MONDEV stats:\n    FGT2(updated 4 seconds ago):\n"
	        "        wan 1: physical/00, down, rx-bytes/packets/dropped/errors=9/9/0/337, tx=0/0/0/0\n"
	        "LAN: aggregate/00, up, rx-bytes/packets/dropped/errors=515688432/224905809/0/0, tx=1/2/3/4\n"
	        "        x: physical/00, up, rx-bytes/packets/dropped/errors=1/2/3, tx=0/0/0/0\n"
	        "        y: physical/00, up, rx-bytes/packets/dropped/errors=1/2/3/99999999999999999999, tx=0/0/0/0\n";
	struct facts *facts = read_text(*state, "ha", status);
	assert_int_equal(facts->row_count, 5);
	assert_cell(facts, 0, "member", "FGT1");
	assert_cell(facts, 0, "name", "ha");
	assert_cell(facts, 0, "rx_dropped", "3");
	assert_cell(facts, 0, "rx_errors", "4");
	assert_cell(facts, 0, "tx_dropped", "7");
	assert_cell(facts, 0, "tx_errors", "8");
	assert_cell(facts, 1, "member", "FGT2");
	assert_cell(facts, 1, "name", "wan 1");
	assert_cell(facts, 1, "rx_errors", "337");
	assert_cell(facts, 2, "name", "LAN");
	assert_int_equal(facts->unread_count, 2);
	assert_null(facts_cell_of(&facts->rows[3], "rx_errors"));
	assert_null(facts_cell_of(&facts->rows[4], "rx_errors"));
}

static void routes_of_all_three_commands_are_read(void **state)
{
	static const char table[] = "Codes: K - kernel, C - connected, S - static\n"
	                            "       O - OSPF, IA - OSPF inter area\n"
	                            "       * - candidate default\n\n"
	                            "Routing table for VRF=0\n"
	                            "O*E2    0.0.0.0/0 [110/10] via 192.0.2.1, wan1, 03w2d20h\n"
	                            "S    *> 198.51.100.0/24 [10/0] via 192.0.2.2, wan 2 inactive, [5/0]\n"
	                            "                      [10/0] via 192.0.2.3, port3\n"
	                            "C       203.0.113.0/30 is directly connected, Vlan40\n"
	                            "S       10.0.1.0/30 [5/0] via DC tunnel 192.0.2.9, [1/0]\n"
	                            "odd line\n";
	struct facts *facts = read_text(*state, "routes", table);
	assert_int_fact(facts, FACT_ID_ROUTES, 5);
	assert_int_equal(facts->unread_count, 1);
	assert_cell(facts, 0, "prefix", "0.0.0.0/0");
	assert_cell(facts, 0, "code", "O*E2");
	assert_cell(facts, 0, "gateway", "192.0.2.1");
	assert_cell(facts, 0, "interface", "wan1");
	assert_cell(facts, 1, "active", "no");
	assert_cell(facts, 1, "distance", "10/0");
	assert_cell(facts, 2, "prefix", "198.51.100.0/24");
	assert_cell(facts, 2, "interface", "port3");
	assert_cell(facts, 3, "interface", "Vlan40");
	assert_cell(facts, 4, "interface", "DC");
	assert_cell(facts, 4, "gateway", "192.0.2.9");
	struct facts *details = read_text(*state, "routes",
	                                  "Routing table for VRF=0\nRouting entry for 198.51.100.0/24\n"
	                                  "  Known via \"static\", distance 10, metric 0, best\n"
	                                  "  * 192.0.2.1, via wan1\n  * is directly connected, port5\n");
	assert_int_fact(details, FACT_ID_ROUTES, 2);
	assert_int_equal(details->unread_count, 0);
	assert_cell(details, 0, "code", "static");
	assert_cell(details, 0, "gateway", "192.0.2.1");
	assert_cell(details, 0, "interface", "wan1");
	assert_cell(details, 1, "interface", "port5");
}

static void sessions_tell_both_directions(void **state)
{
	static const char text[] =
	        "session info: proto=17 proto_state=00 duration=33 expire=160 timeout=0 flags=00000000\n"
	        "origin-shaper=\nstate=may_dirty npu \n"
	        "statistic(bytes/packets/allow_err): org=111/3/0 reply=0/0/0 tuples=2\n"
	        "hook=post dir=org act=snat 192.0.2.10:40001->198.51.100.53:53(203.0.113.2:40001)\n"
	        "hook=pre dir=reply act=dnat 198.51.100.53:53->203.0.113.2:40001(192.0.2.10:40001)\n"
	        "misc=0 policy_id=20 auth_info=0 chk_client_info=0 vd=3\n"
	        "npu_state=0x4000c00 ofld-O ofld-R\nnpu info: flag=0x81/0x81, offload=8/8, ips_offload=0/0\n"
	        "unheard of\n\n"
	        "session6 info: proto=6 proto_state=01 duration=1 expire=3599 timeout=3600\n"
	        "statistic(bytes/packets/allow_err): org=83/1/0 reply=276/2/0 tuples=2\n"
	        "total session 2\n";
	struct facts *facts = read_text(*state, "sessions", text);
	assert_int_fact(facts, FACT_ID_SESSIONS_LISTED, 2);
	assert_int_fact(facts, FACT_ID_SESSIONS_SILENT, 1);
	assert_int_equal(facts->unread_count, 1);
	assert_cell(facts, 0, "proto", "17");
	assert_cell(facts, 0, "proto_state", "00");
	assert_cell(facts, 0, "org_packets", "3");
	assert_cell(facts, 0, "reply_packets", "0");
	assert_cell(facts, 0, "org", "192.0.2.10:40001->198.51.100.53:53(203.0.113.2:40001)");
	assert_cell(facts, 0, "org_act", "snat");
	assert_cell(facts, 0, "policy_id", "20");
	assert_cell(facts, 0, "vd", "3");
	assert_cell(facts, 0, "offload", "8/8");
	assert_cell(facts, 0, "state", "may_dirty npu");
	assert_cell(facts, 1, "reply_packets", "2");
}

static void interface_of_each_driver_tells_its_errors(void **state)
{
	struct facts *facts =
	        read_text(*state, "nic",
	                  "Name:            port1\nLink:            up\nSpeed:           1000full\n"
	                  "Rx dropped:              7\nRx errors:               102307\n"
	                  "  Rx Crc err:            5\nTx errors:               x\nTx dropped:    0\nodd\n");
	assert_text_fact(facts, FACT_ID_NIC_LINK, "up");
	assert_text_fact(facts, FACT_ID_NIC_SPEED, "1000full");
	assert_int_fact(facts, FACT_ID_NIC_RX_ERRORS, 102307);
	assert_int_fact(facts, FACT_ID_NIC_RX_DROPPED, 7);
	assert_int_fact(facts, FACT_ID_NIC_TX_DROPPED, 0);
	assert_absent(facts, FACT_ID_NIC_TX_ERRORS, "no plausible count");
	assert_int_equal(facts->unread_count, 1);
	struct facts *asic = read_text(*state, "nic",
	                               "========== Link Status ==========\nCurrent_HWaddr   00:00:5e:00:53:02\n"
	                               "PHY Status      :up\nPHY Speed       :1000\nrx_error        :12\n");
	assert_text_fact(asic, FACT_ID_NIC_SPEED, "1000");
	assert_int_fact(asic, FACT_ID_NIC_RX_ERRORS, 12);
	assert_int_equal(asic->unread_count, 0);
}

static void dead_members_of_sdwan_are_counted(void **state)
{
	struct facts *facts =
	        read_text(*state, "sdwan",
	                  "Health Check(hub): \n"
	                  "Seq(1 port2): state(dead), packet-loss(100.000%) sla_map=0x0\n"
	                  "Seq(2 port3): state(alive), packet-loss(0.500%), latency(20.345), jitter(1.1)\n"
	                  " **Seq(2 T_0): state(alive), packet-loss(0.000%) latency(0.2)**\nodd\n");
	assert_int_fact(facts, FACT_ID_SDWAN_MEMBERS, 3);
	assert_int_fact(facts, FACT_ID_SDWAN_DEAD, 1);
	assert_cell(facts, 0, "state", "dead");
	assert_cell(facts, 1, "check", "hub");
	assert_cell(facts, 1, "interface", "port3");
	assert_cell(facts, 1, "loss", "0.500%");
	assert_cell(facts, 1, "latency", "20.345");
	assert_int_equal(facts->unread_count, 1);
}

static void a_member_of_sdwan_without_a_number_is_read(void **state)
{
	struct facts *facts = read_text(*state, "sdwan", "Health Check(hub): \nSeq(): state(dead)\n");
	assert_int_fact(facts, FACT_ID_SDWAN_DEAD, 1);
	assert_cell(facts, 0, "member", "");
}

static void prompts_of_pasted_outputs_are_told_apart(void **state)
{
	static const char *const prompts[] = {
	        "FGT # get system arp", "FGT $ ", "FGT (root) # x", "fw00#", "Branch2_FGT# diagnose sys",
	        "FGT1(Primary) # get"};
	static const char *const others[] = {"", "Address  Age", "a # b c", "192.0.2.1 0 x", "Mode: HA # 1"};
	(void)state;
	for (size_t i = 0; i < sizeof prompts / sizeof prompts[0]; i++)
		assert_true(read_is_prompt(str_of(prompts[i])));
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if (i != 2)
			assert_false(read_is_prompt(str_of(others[i])));
	}
}

static void check_cut(struct arena *arena, struct str cut, size_t whole)
{
	static const char *const readers_of[] = {"ha", "arp", "routes", "sessions", "nic", "sdwan"};
	(void)whole;
	for (size_t i = 0; i < sizeof readers_of / sizeof readers_of[0]; i++) {
		struct facts *facts = facts_new(arena);
		const struct read_input input = {.step = "step", .text = cut};
		reader_find(readers_of[i])->read(arena, &input, facts);
	}
}

static void cut_and_foreign_texts_are_survived(void **state)
{
	(void)state;
	cut_everywhere(
	        "Primary: a, b, c\nSeq(1 p): state(alive\nhook=post dir=org act=\nstatistic(x): org=1/ reply=//\n"
	        "S 1.2.3.0/24 [1/0] via ,\n* , via \nRouting entry for \n* 1.1.1.1, via x\nsession info: proto=\n"
	        "1.2.3.4 0 m i\nRx errors: 99999999999999999999\n:\n[\n]\n",
	        check_cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        READ_TEST(cluster_of_each_generation_names_its_members),
	        READ_TEST(neighbours_are_listed),
	        READ_TEST(a_clusters_interfaces_are_counted_by_member),
	        READ_TEST(routes_of_all_three_commands_are_read),
	        READ_TEST(sessions_tell_both_directions),
	        READ_TEST(interface_of_each_driver_tells_its_errors),
	        READ_TEST(dead_members_of_sdwan_are_counted),
	        READ_TEST(a_member_of_sdwan_without_a_number_is_read),
	        READ_TEST(prompts_of_pasted_outputs_are_told_apart),
	        READ_TEST(cut_and_foreign_texts_are_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
