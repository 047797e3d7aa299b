using Scheduler.Bbs.Storage.MySql;

namespace Scheduler.Tests.Unit.Bbs.Storage.MySql;

public sealed class ServerMessageTests
{
    [Theory]
    [InlineData(1064, "right syntax to use near ''it''s' secret' at line 1", "right syntax to use near '?' at line 1")]
    [InlineData(
        1366,
        "Incorrect integer value: 'x' for column `d`.`t`.`n` at row 1",
        "Incorrect integer value: '?' for column `d`.`t`.`n` at row 1"
    )]
    [InlineData(1062, "Duplicate entry 'x' for key 'PRIMARY'", "Duplicate entry '?'")]
    [InlineData(9999, "Something with 'cut off", "Something with '?'")]
    [InlineData(1146, "Table 'd.t' doesn't exist", "Table 'd.t' doesn't exist")]
    [InlineData(1406, "Data too long for column 'n' at row 1", "Data too long for column 'n' at row 1")]
    [InlineData(1213, "Deadlock found", "Deadlock found")]
    [InlineData(0, "Couldn't connect to server", "Couldn't connect to server")]
    public void Values_that_a_server_quotes_are_left_out_and_names_are_not(int number, string message, string told) =>
        Assert.Equal(told, ServerMessage.WithoutValues(number, message));
}
