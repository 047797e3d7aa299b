namespace Scheduler.Rep.Runtime.Linux;

/// <summary>Classifies errors when a file cannot be written.</summary>
internal static class LinuxErrors
{
    /// <summary>A path leads onto another mount, or out of the directory that it must stay in.</summary>
    public const int OtherMount = 18;

    public const int Exists = 17;

    private const int NoEntry = 2,
        NotDirectory = 20,
        IsDirectory = 21,
        Invalid = 22,
        TooManyNames = 31,
        NameTooLong = 36,
        NotEmpty = 39,
        TooManyLinks = 40,
        FileTooLarge = 27,
        RangeError = 34,
        TooLong = 7;

    /// <summary>True if the request is at fault; false if the machine is: no space, no permission, a broken disk.</summary>
    public static bool IsOfTheEntry(int error) =>
        error
            is NoEntry
                or Exists
                or NotDirectory
                or IsDirectory
                or Invalid
                or TooManyNames
                or NameTooLong
                or NotEmpty
                or TooManyLinks
                or FileTooLarge
                or RangeError
                or TooLong;
}
