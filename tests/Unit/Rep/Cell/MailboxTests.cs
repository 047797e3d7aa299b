using Scheduler.Models;
using Scheduler.Rep.Cell;

namespace Scheduler.Tests.Unit.Rep.Cell;

public sealed class MailboxTests
{
    [Fact]
    public async Task A_full_one_turns_outsiders_away_and_lets_the_cells_own_parts_wait()
    {
        var mailbox = new Mailbox(1);
        var first = mailbox.AskAsync(() => 1);
        Assert.Equal(ErrorKind.Overloaded, (await Assert.ThrowsAsync<DomainException>(() => mailbox.AskAsync(() => 2))).Kind);
        var patient = mailbox.AskPatientlyAsync(() => 3);
        Assert.False(patient.IsCompleted);

        for (var asked = 0; asked < 2; asked++)
        {
            Assert.True(await mailbox.WaitAsync(default));
            Assert.True(mailbox.TryTake(out var post));
            post();
        }

        Assert.Equal((1, 3), (await first, await patient));
    }

    [Fact]
    public async Task Who_waits_hears_of_the_end()
    {
        var mailbox = new Mailbox(1);
        _ = mailbox.AskAsync(() => 1);
        var patient = mailbox.AskPatientlyAsync(() => 2);
        mailbox.Close();
        await Assert.ThrowsAsync<OperationCanceledException>(() => patient);
        Assert.Equal(ErrorKind.Unavailable, (await Assert.ThrowsAsync<DomainException>(() => mailbox.AskAsync(() => 3))).Kind);
    }
}
