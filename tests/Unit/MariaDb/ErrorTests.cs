using Scheduler.MariaDb;

namespace Scheduler.Tests.Unit.MariaDb;

public sealed class ErrorTests
{
    [Theory]
    [InlineData(1062, "Duplicate entry 'a-b' for key 'PRIMARY'", "Duplicate entry '?' for key 'PRIMARY'")]
    [InlineData(1062, "Duplicate entry 'x' for key 'y' for key 'PRIMARY'", "Duplicate entry '?' for key 'PRIMARY'")]
    [InlineData(1064, "right syntax to use near ''it''s' secret' at line 1", "right syntax to use near '?' at line 1")]
    [InlineData(1366, "Incorrect integer value: 'x' for column `d`.`t`.`n` at row 1", "Incorrect integer value: '?' for column `d`.`t`.`n` at row 1")]
    [InlineData(1146, "Table 'd.t' doesn't exist", "Table 'd.t' doesn't exist")]
    [InlineData(1406, "Data too long for column 'n' at row 1", "Data too long for column 'n' at row 1")]
    [InlineData(1213, "Deadlock found", "Deadlock found")]
    [InlineData(9999, "Something with 'cut off", "Something with '?'")]
    public void Messages_lose_the_values_that_they_quote(int number, string message, string expected) =>
        Assert.Equal(expected, ErrorText.WithoutValues(number, message));

    [Theory]
    [InlineData(MariaDbErrors.LockDeadlock, true)]
    [InlineData(MariaDbErrors.LockWaitTimeout, true)]
    [InlineData(MariaDbErrors.ServerLost, true)]
    [InlineData(MariaDbErrors.ServerGone, true)]
    [InlineData(MariaDbErrors.CannotConnect, true)]
    [InlineData(MariaDbErrors.TooManyConnections, true)]
    [InlineData(MariaDbErrors.CommandTimeoutExpired, true)]
    [InlineData(MariaDbErrors.PoolExhausted, true)]
    [InlineData(MariaDbErrors.DuplicateKeyEntry, false)]
    [InlineData(MariaDbErrors.AccessDenied, false)]
    [InlineData(MariaDbErrors.PacketTooLarge, false)]
    [InlineData(MariaDbErrors.QueryInterrupted, false)]
    [InlineData(MariaDbErrors.TlsError, false)]
    [InlineData(1064, false)]
    public void What_is_worth_another_try_is_transient(int number, bool transient) => Assert.Equal(transient, new MariaDbException("", number, null).IsTransient);
}
