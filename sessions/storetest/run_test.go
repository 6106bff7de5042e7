package storetest_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/storetest"
)

// A store without a fault passes, alone and as two instances.
func TestRun(t *testing.T) {
	for name, options := range map[string]storetest.Options{
		"one instance":  {Bubble: true},
		"two instances": {Bubble: true, Shared: share},
	} {
		t.Run(name, func(t *testing.T) { storetest.Run(t, open(""), options) })
	}
}

// A store whose clock is moved by the test passes as well, and all checks may share its data.
func TestRunWithClock(t *testing.T) {
	clock := newReference("")
	storetest.Run(t, func(*testing.T) sessions.Store { return clock }, storetest.Options{
		Now:     clock.data.now,
		Advance: func(d time.Duration) { clock.data.ahead.Add(int64(d)) },
		Rounds:  5,
	})
}

func open(fault string) func(*testing.T) sessions.Store {
	return func(*testing.T) sessions.Store { return newReference(fault) }
}

func share(_ *testing.T, store sessions.Store) sessions.Store { return store.(*reference).share() }

// faults are what can be wrong with a store, and a check that finds it.
var faults = []struct{ fault, want string }{
	{"ignores the context", "Context/canceled_before_the_call"},
	{"forgets the context while f runs", "Context/canceled_while_f_runs"},
	{"holds a lock while f runs", "Context/ends_while_another_call_takes_long"},
	{"loads an empty record for none", "Load/of_a_missing_id"},
	{"loads with another error", "Load/of_a_missing_id"},
	{"loads what it keeps", "Copies/of_what_Load_gave"},
	{"forgets when it was made", "Load/gives_the_whole_record"},
	{"keeps 32-bit times", "Values/and_times_far_away"},
	{"keeps minutes", "Values/and_times_to_the_second"},
	{"creates over another", "Create/of_an_id_that_is_used"},
	{"creates over another", "Create/of_one_id_in_parallel"},
	{"keeps what Create got", "Copies/of_what_Create_got"},
	{"keeps text", "Values/of_any_bytes"},
	{"drops empty values", "Values/that_are_empty"},
	{"drops empty keys", "Values/with_an_empty_key"},
	{"folds keys", "Values/with_similar_keys"},
	{"trims keys", "Values/with_similar_keys"},
	{"uses keys itself", "Values/with_keys_that_a_store_may_use_itself"},
	{"cuts values", "Values/of_64_KiB"},
	{"upserts", "Update/of_a_missing_id"},
	{"upserts", "Delete/is_final"},
	{"upserts", "Races/of_Delete_and_late_writes"},
	{"swallows late updates", "Update/of_a_missing_id"},
	{"updates what was loaded", "Parallel/updates_of_100_keys"},
	{"updates what was loaded", "Races/of_Delete_and_late_writes"},
	{"updates in two steps", "Parallel/loads_see_whole_updates"},
	{"replaces all values", "Update/keeps_what_it_does_not_name"},
	{"does not clear", "Update/clears_all"},
	{"clears after it sets", "Update/clears_before_it_sets"},
	{"does not delete keys", "Update/deletes_values"},
	{"keeps what Update got", "Copies/of_what_Update_got"},
	{"takes no user for nobody", "Update/changes_the_user"},
	{"keeps the start", "Update/replaces_the_start"},
	{"keeps Seen", "Update/replaces_the_times"},
	{"only lengthens lives", "Update/replaces_the_times"},
	{"only lengthens lives", "Expiry/is_moved_by_Update_and_Rename"},
	{"makes a record to modify", "Modify/of_a_missing_id"},
	{"is not atomic", "Parallel/200_increments"},
	{"revives by Modify", "Races/of_Delete_and_late_writes"},
	{"gives f an empty value for none", "Modify/of_a_missing_key"},
	{"gives f nil for an empty value", "Modify/tells_an_empty_value_from_a_missing_one"},
	{"gives f what it keeps", "Copies/of_what_Modify_gave_and_got"},
	{"keeps what f made", "Copies/of_what_Modify_gave_and_got"},
	{"writes although f failed", "Modify/with_an_error"},
	{"hides the error of f", "Modify/with_an_error"},
	{"hides the panic of f", "Modify/with_a_panic"},
	{"keeps nil results", "Modify/with_a_nil_result"},
	{"removes empty results", "Modify/tells_an_empty_value_from_a_missing_one"},
	{"lives on by Modify", "Expiry/is_moved_by_Update_and_Rename"},
	{"copies for Rename", "Rename/kills_the_old_id"},
	{"copies for Rename", "Races/of_two_Renames"},
	{"swallows late renames", "Rename/of_a_missing_id"},
	{"makes a record to rename", "Rename/of_a_missing_id"},
	{"renames over another", "Rename/to_an_id_that_is_used"},
	{"renames what was loaded", "Races/of_Rename_and_late_writes"},
	{"renames what was loaded", "Races/of_two_Renames"},
	{"is nowhere during a Rename", "Races/of_ListUser_and_Rename"},
	{"loses the user in a Rename", "Rename/moves_the_whole_record"},
	{"only moves", "Rename/applies_a_change"},
	{"does not own by Rename", "Rename/changes_the_user"},
	{"does not clear by Rename", "Rename/applies_a_change_that_clears"},
	{"keeps the life by Rename", "Expiry/is_moved_by_Update_and_Rename"},
	{"lists old ids", "Rename/moves_the_whole_record"},
	{"forgets where it moved", "Delete_what_has_moved/by_its_old_id"},
	{"forgets where it moved", "Races/of_Rename_and_Delete"},
	{"follows one move", "Delete_what_has_moved/by_an_id_of_long_ago"},
	{"follows one move", "Delete_what_has_moved/by_each_of_its_ids"},
	{"follows in two steps", "Races/of_many_Renames_and_Delete"},
	{"notes where it moved too late", "Races/of_Rename_and_Delete"},
	{"forgets the way with the old life", "Expiry/does_not_end_the_way_to_what_has_moved"},
	{"shows what has moved", "Rename/kills_the_old_id"},
	{"hides what has moved", "Delete_what_has_moved/with_its_new_user"},
	{"does not delete", "Delete/removes_the_record"},
	{"deletes only what is there", "Delete/of_a_missing_id"},
	{"lists deleted ids", "Delete/removes_the_record"},
	{"lists former users", "ListUser/follows_the_user"},
	{"lists nobody", "ListUser/of_nobody"},
	{"lists the first", "ListUser/of_several_records"},
	{"lists what has expired", "Expiry/ends_the_record"},
	{"folds users", "ListUser/tells_similar_users_apart"},
	{"takes patterns for users", "ListUser/tells_similar_users_apart"},
	{"does not end users", "DeleteUser/removes_all_records"},
	{"does not end users", "DeleteUser/is_final"},
	{"does not end users", "Races/of_late_writes_and_DeleteUser"},
	{"does not end users", "Instances/end_the_sessions_of_a_user"},
	{"ends the first", "DeleteUser/removes_many_records"},
	{"ends nobody", "DeleteUser/of_nobody"},
	{"folds users to end", "DeleteUser/tells_similar_users_apart"},
	{"fails for users without records", "DeleteUser/of_a_user_without_records"},
	{"lists what it has ended", "DeleteUser/removes_all_records"},
	{"bans users", "DeleteUser/lets_him_sign_in_again"},
	{"lists former users", "DeleteUser/follows_the_user"},
	{"ends users in two steps", "Races/of_many_Renames_and_DeleteUser"},
	{"never expires", "Expiry/ends_the_record"},
	{"never expires", "Expiry/is_final"},
	{"caches", "Instances/see_each_other's_writes"},
}

// inside tells a process of this test that it is the one that runs the suite on stores with faults.
const inside = "STORETEST_FAULTS"

// The suite fails for each fault. The failures are those of another process, as here they would be
// failures of this test.
func TestRunFindsFaults(t *testing.T) {
	if os.Getenv(inside) != "" {
		runFaults(t)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestRunFindsFaults$", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), inside+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatal("the suite finds no fault")
	}
	failed := failures(string(out))
	for _, f := range faults {
		name := strings.ReplaceAll(f.fault, " ", "_") + "/" + f.want
		if !slices.Contains(failed, name) {
			t.Errorf("a store that %s passes the check %q", f.fault, f.want)
		}
	}
	if !strings.Contains(string(out), "contract of sessions.Store: \"") {
		t.Error("no failure quotes the contract")
	}
}

func runFaults(t *testing.T) {
	for i, f := range faults {
		if i > 0 && faults[i-1].fault == f.fault {
			continue
		}
		t.Run(f.fault, func(t *testing.T) {
			storetest.Run(t, open(f.fault), storetest.Options{Bubble: true, Shared: share, Rounds: 20, Patience: 2 * time.Second})
		})
	}
}

// failures returns the names of failed tests below TestRunFindsFaults.
func failures(out string) []string {
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^ *--- FAIL: TestRunFindsFaults/(\S+)`).FindAllStringSubmatch(out, -1) {
		names = append(names, m[1])
	}
	return names
}
