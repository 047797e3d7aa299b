namespace Scheduler.Bbs.Storage.Export;

/// <summary>Why an export is not accepted.</summary>
internal static class ExportErrors
{
    public static DomainException Refused(string why, Exception? inner = null) => new(DomainError.Invalid("the export", why), inner);

    public static DomainException Damaged(string how, Exception? inner = null) =>
        Refused($"is damaged or incomplete: {how}; nothing was imported", inner);
}
