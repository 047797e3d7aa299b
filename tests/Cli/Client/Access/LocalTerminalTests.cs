using Scheduler.Client.Access;

namespace Scheduler.Tests.Cli.Client.Access;

public sealed class LocalTerminalTests
{
    [Fact]
    public void Raw_mode_leaves_every_byte_as_it_is()
    {
        var settings = new byte[60];
        for (var i = 0; i < 36; i++)
            settings[i] = 0xFF;
        LocalTerminal.MakeRaw(settings);

        Assert.Equal(0xFFFF_FFFF & ~0x5EBu, BitConverter.ToUInt32(settings, 0)); // ICRNL, IXON and others are off
        Assert.Equal(0xFFFF_FFFE, BitConverter.ToUInt32(settings, 4)); // OPOST
        Assert.Equal(0x30u, BitConverter.ToUInt32(settings, 8) & 0x130); // 8 bits, no parity
        Assert.Equal(0xFFFF_FFFF & ~0x804Bu, BitConverter.ToUInt32(settings, 12)); // ECHO, ICANON, ISIG, IEXTEN
        Assert.Equal((0, 1), (settings[22], settings[23])); // VTIME, VMIN
    }
}
